// The paths of everything that the set-up installs. All of them are ignored folders of the clone.
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';

export const projectRoot = path.resolve(import.meta.dirname, '../..');
export const toolsDir = path.join(projectRoot, '.isobar/tools');
export const projectNode = path.join(projectRoot, 'node_modules/.bin/node');
export const localstackVenv = path.join(toolsDir, 'localstack-venv');
/** PySpark, which runs the Glue jobs. */
export const sparkVenv = path.join(toolsDir, 'spark-venv');
/** The jars of Spark's S3 connector. */
export const sparkJars = path.join(toolsDir, 'spark/jars');
/** JSONata for state machines, which LocalStack would download. */
export const jsonataJars = path.join(toolsDir, 'jsonata');
export const kafkaLib = path.join(toolsDir, 'kafka/lib');
/** The JMX agent of the brokers. */
export const jmxAgentDir = path.join(toolsDir, 'jmx-agent');
export const jmxAgent = path.join(jmxAgentDir, 'jmx_prometheus_javaagent-1.0.1.jar');
/** The class data archive. It halves the start time of a broker's JVM. */
export const kafkaArchive = path.join(toolsDir, 'kafka/kafka.jsa');
/** What Kafka's tool writes to an empty disk: the features of a new cluster, equal for all nodes. */
export const kafkaBootstrap = path.join(toolsDir, 'kafka/bootstrap.checkpoint');
/** The modules that AWS's Lambda runtime provides to functions. */
export const runtimeModules = path.join(toolsDir, 'lambda-runtime/node_modules');
/** Another emulator, for tests of the poller. */
export const ministackVenv = path.join(toolsDir, 'ministack-venv');
/** Prometheus, unpacked from its Debian package where the machine has none. */
export const prometheusDir = path.join(toolsDir, 'prometheus');
/** A link to the browser of the tests: one that was installed, or the set-up's own. */
export const chromium = path.join(toolsDir, 'chromium/browser');
/** The record of the set-up: the inputs of each finished step, and the programs found on the machine. */
export const setUpRecord = path.join(toolsDir, 'set-up.json');

/** Held by `npm start` from its first moment to its end. */
export const startLock = path.join(projectRoot, '.isobar/start.lock');

/** The programs found by the set-up: absolute paths of node, python, java and maven. */
export const foundPrograms = () => JSON.parse(readFileSync(setUpRecord, 'utf8')).programs;

/**
 * Prometheus and promtool: those of the machine, otherwise those that the set-up unpacked. Undefined when
 * there are none.
 * @returns {{prometheus: string, promtool: string} | undefined}
 */
export function findPrometheus(folders = (process.env.PATH ?? '').split(path.delimiter)) {
  const places = [...folders.filter(path.isAbsolute), path.join(prometheusDir, 'usr/bin')];
  const place = places.find((folder) => ['prometheus', 'promtool'].every((name) => isProgram(folder, name)));
  if (place === undefined) return undefined;
  return { prometheus: path.join(place, 'prometheus'), promtool: path.join(place, 'promtool') };
}

function isProgram(folder, name) {
  try {
    accessSync(path.join(folder, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What to do when there is no Prometheus, in one line. */
export const howToGetPrometheus =
  'Prometheus is not installed: metrics have no history, and no rules. Install it (`sudo apt install prometheus`, `brew install prometheus`, or https://prometheus.io/download) so that `prometheus` and `promtool` are on the PATH.';
