declare module 'snappyjs' {
  export function uncompress(compressed: Buffer): Buffer;
}
