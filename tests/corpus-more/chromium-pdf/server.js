'use strict';
const express = require('express');
const app = express();
app.use(express.static('public'));
app.use(express.text({ type: '*/*', limit: '5mb' }));

// The browser starts with the first page that somebody asks for.
let started;
const browser = () => (started ??= require('puppeteer-core').launch({
  executablePath: process.env.CHROME, headless: true, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
}));
const page = async (request, work) => {
  const tab = await (await browser()).newPage();
  try {
    if (request.query.zone) await tab.emulateTimezone(request.query.zone);
    if (request.query.language) await tab.setExtraHTTPHeaders({ 'Accept-Language': request.query.language });
    await tab.setContent(typeof request.body === 'string' ? request.body : '<h1>Fair winds</h1>', { waitUntil: 'load' });
    return await work(tab);
  } finally {
    await tab.close();
  }
};
const answer = (type, work) => async (request, response, next) => {
  try { response.type(type).send(await page(request, (tab) => work(tab, request))); } catch (error) { next(error); }
};

app.get('/up', (_, response) => response.send('up'));
app.post('/pdf', answer('pdf', async (tab, request) => Buffer.from(await tab.pdf({ format: request.query.format || 'A4', printBackground: true,
  displayHeaderFooter: Boolean(request.query.header), headerTemplate: '<span class=date></span>', footerTemplate: '<span class=pageNumber></span>' }))));
app.post('/shot', answer('png', async (tab, request) => Buffer.from(await tab.screenshot({ type: request.query.type || 'png', fullPage: true }))));
app.post('/text', answer('txt', (tab) => tab.evaluate(() => document.body.innerText)));
app.post('/run', answer('txt', async (tab, request) => String(await tab.evaluate(request.query.code))));
app.post('/go', async (request, response, next) => {
  try {
    const tab = await (await browser()).newPage();
    const answer = await tab.goto(request.query.url, { timeout: 15000 });
    response.send(`${answer?.status()} ${await tab.title()} ${await tab.content()}`);
    await tab.close();
  } catch (error) { next(error); }
});
app.get('/version', async (_, response, next) => { try { response.send(await (await browser()).version()); } catch (error) { next(error); } });
app.use((_, response) => response.status(404).send('Lost at sea'));
app.use((error, _request, response, _next) => response.status(500).send(`Shipwreck: ${error.message}`));
const server = app.listen(3000);
process.on('SIGTERM', async () => { if (started) await (await started).close(); server.close(() => process.exit(0)); });
