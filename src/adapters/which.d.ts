// The package ships no types; only what the exec adapter calls is declared.
declare module 'which' {
  function which(
    program: string,
    options: { readonly path: string; readonly pathExt?: string; readonly nothrow: true },
  ): Promise<string | null>
  export default which
}
