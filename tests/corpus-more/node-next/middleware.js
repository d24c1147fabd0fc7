import { NextResponse } from 'next/server'
export function middleware(request) {
  if (request.nextUrl.pathname.startsWith('/private')) return new NextResponse('no entry', { status: 401 })
  const response = NextResponse.next(); response.headers.set('X-Middleware', 'seen'); return response
}
export const config = { matcher: ['/private/:path*', '/ships/:path*'] }
