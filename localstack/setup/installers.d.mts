/** The arguments of Python that install a file of locked requirements. */
export function pipArguments(requirements: string): string[];
/** The arguments of Maven that copy the dependencies of a POM into a folder. */
export function mavenArguments(pom: string, into: string): string[];
