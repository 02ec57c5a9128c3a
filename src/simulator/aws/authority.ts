/** The CA of every simulated cluster: made for rehearsals, P-256, good until the end of 2050. It protects nothing. */
const certificate = [
  'MIIBizCCATGgAwIBAgIIYST+6ZO8AAEwCgYIKoZIzj0EAwIwGDEWMBQGA1UEAwwN',
  'a3ViZXJuZXRlcy1jYTAgFw0yNjExMjQyMDE0MTlaGA8yMDUwMTIyODIwMTQxOVow',
  'GDEWMBQGA1UEAwwNa3ViZXJuZXRlcy1jYTBZMBMGByqGSM49AgEGCCqGSM49AwEH',
  'A0IABGgRDXRm0VszBbcXIiOzd9mMeyqcvakDSNEOEBDTdNyF3oqQV6rN8ZnR8Byd',
  '/wdpzzj1cFnR/fkvI10cDV4KPAOjYzBhMB0GA1UdDgQWBBQ0SGByqXT8x1qUk+TY',
  'rHB/6raekTAfBgNVHSMEGDAWgBQ0SGByqXT8x1qUk+TYrHB/6raekTAPBgNVHRMB',
  'Af8EBTADAQH/MA4GA1UdDwEB/wQEAwIBhjAKBggqhkjOPQQDAgNIADBFAiAytKVK',
  'zVWm7/ycNheIJgYBne7ceWiGlBg/Noa737nOqwIhAMmHJyDG3wGUVYlOrTRVQlZr',
  'PuTybxPdUGkpZT20DVIb',
]
const key = [
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2LzOGsmAVrHYhLo0',
  'uZvMiFc8u4UbuyoA3moJVIXL6hahRANCAARoEQ10ZtFbMwW3FyIjs3fZjHsqnL2p',
  'A0jRDhAQ03Tchd6KkFeqzfGZ0fAcnf8Hac849XBZ0f35LyNdHA1eCjwD',
]

/** Its certificate in PEM: a real one, since kubectl reads it. */
export const authorityPem = pem('CERTIFICATE', certificate)

/** Its key in PEM, so that certificates for the simulated clusters can be signed. */
export const authorityKeyPem = pem('PRIVATE KEY', key)

function pem(label: string, lines: readonly string[]): string {
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
