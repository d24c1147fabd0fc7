import { z } from 'zod'
import { all } from '../../../lib/ships'
export const dynamic = 'force-dynamic'
export async function GET() { return Response.json(await all()) }
export async function POST(request) {
  const parsed = z.object({ name: z.string().min(2), launched: z.string().regex(/^\d{4}/) }).safeParse(await request.json())
  return parsed.success ? Response.json(parsed.data, { status: 201 }) : Response.json(parsed.error.flatten(), { status: 422 })
}
