export const projectRoot: string;
export const toolsDir: string;
export const projectNode: string;
export const localstackVenv: string;
export const ministackVenv: string;
export const sparkVenv: string;
export const sparkJars: string;
export const jsonataJars: string;
export const kafkaLib: string;
export const jmxAgentDir: string;
export const jmxAgent: string;
export const kafkaArchive: string;
export const kafkaBootstrap: string;
export const runtimeModules: string;
export const chromium: string;
export const setUpRecord: string;
export const startLock: string;
export function foundPrograms(): { node: string; python: string; java: string; maven: string };
export const prometheusDir: string;
export function findPrometheus(
  folders?: readonly string[],
): { readonly prometheus: string; readonly promtool: string } | undefined;
export const howToGetPrometheus: string;
