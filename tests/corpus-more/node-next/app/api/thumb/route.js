import path from 'node:path'
export const dynamic = 'force-dynamic'
export async function GET(request) {
  const sharp = (await import('sharp')).default
  const format = new URL(request.url).searchParams.get('format') || 'png'
  const bytes = await sharp(path.join(process.cwd(), 'public/deck.png')).resize(40).toFormat(format).toBuffer()
  return new Response(bytes, { headers: { 'content-type': `image/${format}` } })
}
