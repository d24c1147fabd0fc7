module.exports = {
  poweredByHeader: false,
  experimental: { instrumentationHook: true, serverComponentsExternalPackages: ['sharp', 'csv-stringify', 'sanitize-html'] },
  async redirects() { return [{ source: '/old', destination: '/ships/vasa', permanent: true }] },
  async rewrites() { return [{ source: '/fleet', destination: '/api/ships' }] },
  async headers() { return [{ source: '/:path*', headers: [{ key: 'X-Harbour', value: 'Kiel' }] }] },
}
