// Loaded when there is a proxy. The package is CommonJS: once bundled, `import()` of it gives its default only, while
// an import like this one finds its names.
export { HttpsProxyAgent } from 'https-proxy-agent'
