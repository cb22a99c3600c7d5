// Where the project keeps what it installs. Everything lies in ignored folders of the clone itself.
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const projectRoot = path.resolve(import.meta.dirname, '../..');
export const toolsDir = path.join(projectRoot, '.isobar/tools');
export const projectNode = path.join(projectRoot, 'node_modules/.bin/node');
export const localstackVenv = path.join(toolsDir, 'localstack-venv');
/** PySpark, which runs Glue jobs, and the jars by which it reaches S3. */
export const sparkVenv = path.join(toolsDir, 'spark-venv');
export const sparkJars = path.join(toolsDir, 'spark/jars');
export const kafkaLib = path.join(toolsDir, 'kafka/lib');
/** Class data archive that halves the start of a broker's JVM. */
export const kafkaArchive = path.join(toolsDir, 'kafka/kafka.jsa');
/** Stands in for the modules that the Lambda runtime itself provides. */
export const runtimeModules = path.join(toolsDir, 'lambda-runtime/node_modules');
/** Written last by the set-up: which inputs it ran on, and the programs it found. */
export const setUpRecord = path.join(toolsDir, 'set-up.json');

/** The programs of the machine that the set-up found: absolute paths of node, python, java and maven. */
export const foundPrograms = () => JSON.parse(readFileSync(setUpRecord, 'utf8')).programs;
