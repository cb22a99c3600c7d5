/** `import … with { type: 'text' }` gives the file as text. */
declare module '*.sql' {
  const text: string;
  export default text;
}
