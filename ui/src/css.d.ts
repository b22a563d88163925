/** A style sheet as text; the build makes it small. */
declare module "*.css?raw" {
  const text: string;
  export default text;
}
