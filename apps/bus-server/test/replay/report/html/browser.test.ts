import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium as chromiumService, locateService, requireService } from '@charterbus/tooling/testing';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { htmlReport } from '../../../../src/replay/report/html/html-report.js';
import type { ReplayReport } from '../../../../src/replay/report/report-schema.js';
import { temporaryDirectory } from '../../support.js';
import { hostileTexts, inTurn, poisonedReport } from '../hostile.js';
import { sampleReport } from '../sample-report.js';

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser: Browser | undefined;

beforeAll(async () => {
  const executablePath = locateService(chromiumService);
  if (executablePath !== undefined) browser = await chromium.launch({ executablePath, args });
}, 60_000);
afterAll(async () => browser?.close());
beforeEach((context) => void requireService(context, chromiumService));

const poisoned = (): ReplayReport => poisonedReport(inTurn(hostileTexts));

/** Opens a report as its reader does; everything that the page says or asks for is written down. */
const open = async (report: ReplayReport, options: BrowserContextOptions = {}) => {
  if (browser === undefined) throw new Error('There is no browser.');
  const path = join(await temporaryDirectory(), 'report.html');
  await writeFile(path, htmlReport(report));
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const said: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => requested.push(request.url()));
  const url = pathToFileURL(path).href;
  await page.goto(url);
  return { page, said, requested, url };
};

const countOf = (page: Page, selector: string): Promise<number> => page.locator(selector).count();

// What runs in the page is text where it names the page's own objects: tests are not compiled for a browser.

/** Which rules of accessibility the page breaks, and where. */
const violations = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axeSource);
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
};

describe('the HTML report in a browser', { timeout: 30_000 }, () => {
  it('asks for nothing and has nothing to complain about', async () => {
    const { said, requested, url } = await open(sampleReport());
    expect({ said, requested }).toEqual({ said: [], requested: [url] });
  });

  it('shows hostile recordings as text', async () => {
    const { page, said, requested, url } = await open(poisoned());
    expect({ said, requested }).toEqual({ said: [], requested: [url] });
    expect(await page.evaluate(() => 'owned' in globalThis)).toBe(false);
    expect(await countOf(page, 'h1')).toBe(1);
    expect(await countOf(page, 'script, img, iframe, [onerror], [onmouseover], a:not([href^="#"])')).toBe(0);
    expect(await page.locator('body').innerText()).toContain('<script>window.owned = true</script>');
    expect(await page.locator('body').isVisible()).toBe(true);
  });

  it('has landmarks, one heading of the first level, none skipped, and a caption for each table', async () => {
    const { page } = await open(sampleReport());
    for (const role of ['banner', 'main', 'contentinfo'] as const) expect(await page.getByRole(role).count()).toBe(1);
    const levels = await page.evaluate<readonly number[]>(
      `Array.from(document.querySelectorAll('h1, h2, h3, h4'), ({ tagName }) => Number(tagName[1]))`,
    );
    expect(levels.filter((level) => level === 1)).toEqual([1]);
    expect(levels.every((level, index) => index === 0 || level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
    expect(await countOf(page, 'table')).toBe(3);
    expect(await countOf(page, 'table > caption')).toBe(3);
    expect(await countOf(page, 'details > summary:first-child')).toBe(await countOf(page, 'details'));
  });

  it.each([
    ['light', 1200],
    ['dark', 1200],
    ['light', 375],
    ['dark', 375],
  ] as const)('is accessible and no wider than the window: %s, %d pixels', async (colorScheme, width) => {
    for (const report of [sampleReport(), poisoned()]) {
      const { page } = await open(report, { colorScheme, viewport: { width, height: 800 } });
      for (const details of await page.locator('details:not([open])').all()) await details.locator('summary').click();
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
  });

  it('is dark where the reader wants it dark', async () => {
    const backgrounds = ['light', 'dark'].map(async (colorScheme) => {
      const { page } = await open(sampleReport(), { colorScheme: colorScheme as 'light' | 'dark' });
      return page.evaluate('getComputedStyle(document.body).backgroundColor');
    });
    expect(await Promise.all(backgrounds)).toEqual(['rgb(246, 247, 249)', 'rgb(18, 21, 27)']);
  });

  it('leads from a rule in the table to what it stopped', async () => {
    const { page } = await open(sampleReport());
    await page.getByRole('link', { name: 'notes-are-read' }).click();
    expect(await page.locator(':target').innerText()).toBe('notes-are-read');
  });

  it('prints what is folded', async () => {
    const { page } = await open(sampleReport());
    const caption = page.getByText('Every call, in the order of the recording');
    expect(await caption.isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect(await caption.isVisible()).toBe(true);
  });
});
