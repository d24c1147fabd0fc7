import path from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import Fastify from "fastify";
import { Piscina } from "piscina";
import { DateTime } from "luxon";
import { z } from "zod";

const root = path.join(__dirname, "..");
const app = Fastify({ logger: process.env.PRETTY ? { transport: { target: "pino-pretty" } } : true });
app.register(require("@fastify/static"), { root: path.join(root, "public"), prefix: "/static/" });
app.register(require("@fastify/view"), { engine: { ejs: require("ejs") }, root: path.join(__dirname, "views") });
app.register(require("@fastify/formbody"));
const pool = new Piscina({ filename: path.join(__dirname, "jobs", "prime.js"), minThreads: 0, maxThreads: 1 });

app.get("/up", async () => "up");
app.get("/", async (_request, reply) => (reply as any).view("index.ejs", { name: "Vasa" }));
app.post("/ships", async (request, reply) => {
  const parsed = z.object({ name: z.string().min(2) }).safeParse(request.body);
  if (!parsed.success) return reply.code(422).send(parsed.error.issues);
  reply.code(201);
  return (reply as any).view("added.ejs", parsed.data);
});
app.get<{ Querystring: { as?: string } }>("/image", async (request, reply) => {
  const sharp = (await import("sharp")).default;
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><circle r="20" cx="32" cy="32" fill="teal"/></svg>');
  return reply.type("application/octet-stream").send(await sharp(svg).resize(32).toFormat((request.query.as ?? "png") as any).toBuffer());
});
app.get("/password", async () => {
  const bcrypt = require("bcrypt");
  const argon2 = require("argon2");
  return `${await bcrypt.compare("x", await bcrypt.hash("x", 4))} ${await argon2.verify(await argon2.hash("x"), "x")}`;
});
app.get("/sql", async () => {
  const SQL = await require("sql.js")();
  const database = new SQL.Database();
  database.run("create table ships (name); insert into ships values ('Vasa')");
  return database.exec("select upper(name) from ships")[0].values[0][0];
});
app.get("/pdf", async (_request, reply) => {
  const PDF = require("pdfkit");
  const document = new PDF();
  document.font("Times-Italic").text("Vasa").end();
  return reply.type("application/pdf").send(document);
});
app.get("/worker", async () => String(await pool.run(50)));
app.get<{ Params: { "*": string } }>("/zone/*", async request => DateTime.fromISO("2024-07-01T12:00:00Z").setZone(request.params["*"]).toFormat("HH"));
app.get<{ Params: { locale: string } }>("/locale/:locale", async request => DateTime.fromISO("2024-03-01").setLocale(request.params.locale).toLocaleString(DateTime.DATE_FULL) + " " + new Intl.NumberFormat(request.params.locale).format(1234.5));
app.get<{ Params: { language: string } }>("/hello/:language", async request => {
  const i18next = require("i18next");
  await i18next.init({ lng: request.params.language, fallbackLng: "en", resources: { en: { translation: require("../locales/en.json") }, [request.params.language]: { translation: require(`../locales/${request.params.language}.json`) } } });
  return i18next.t("hello");
});
app.get("/markdown", async () => (await import("marked")).marked("# Vasa"));
app.get("/date", async () => (await promisify(execFile)("date", ["-u", "+%Y"])).stdout);
app.get("/out", async () => {
  const { request } = require("undici");
  const tls = require("node:tls");
  try { await request("https://127.0.0.1:1/"); } catch (error: any) { return `${error.code} ${tls.rootCertificates.length > 100}`; }
  return "?";
});
app.get("/fetch", async () => fetch("http://127.0.0.1:3000/up").then(answer => answer.text()));
app.get("/brotli", async () => require("node:zlib").brotliDecompressSync(require("node:zlib").brotliCompressSync("ahoi")).toString());
app.get("/esm", async () => (await (Function("return import('/app/dist-extra/late.mjs')")() as Promise<any>)).word());
app.get("/boom", async () => { throw new Error("wreck"); });
app.setNotFoundHandler((_request, reply) => (reply.code(404) as any).view("missing.ejs"));
app.setErrorHandler((_error, _request, reply) => (reply.code(500) as any).view("broken.ejs"));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => app.close().then(() => process.exit(0)));
app.listen({ port: 3000, host: "0.0.0.0" });
