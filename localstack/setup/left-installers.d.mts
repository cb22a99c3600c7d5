export function noteInstaller(pid: number, folder?: string): () => void;
export function endLeftInstallers(folder?: string): Promise<void>;
