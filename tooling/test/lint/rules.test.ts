import { RuleTester } from 'oxlint/plugins-dev';
import { describe, test } from 'vitest';
import { backgroundWork } from '../../lint/background-work.ts';
import { noExportAll } from '../../lint/no-export-all.ts';
import { noSwallowedError } from '../../lint/no-swallowed-error.ts';
import { testLength } from '../../lint/test-length.ts';

RuleTester.describe = describe;
RuleTester.it = test;
const tester = new RuleTester();

tester.run('no-export-all', noExportAll, {
  valid: ["export { send } from './send.js';"],
  invalid: [{ code: "export * from './send.js';", errors: 1 }],
});

tester.run('no-swallowed-error', noSwallowedError, {
  valid: [
    'try { send(); } catch (cause) { throw new SendError({ cause }); }',
    'try { send(); } catch (error) { report(error); }',
    'function parse() { try { return read(); } catch { return undefined; } }',
    'let up = true; try { ping(); } catch { up = false; }',
    'send().catch((error) => report(error));',
    'const answer = await send().catch(() => undefined);',
  ],
  invalid: [
    { code: 'try { send(); } catch {}', errors: 1 },
    { code: 'try { send(); } catch (error) { count(); }', errors: 1 },
    { code: 'function run() { try { send(); } catch { return; } }', errors: 1 },
    { code: 'try { throw new Error(); } catch { count(); }', errors: 1 },
    { code: 'send().catch(() => {});', errors: 1 },
    { code: 'send().catch(() => undefined);', errors: 1 },
    { code: 'await send().catch(() => {});', errors: 1 },
    { code: 'void send().catch(() => {});', errors: 1 },
  ],
});

tester.run('background-work', backgroundWork, {
  valid: [
    "background.run('sweep', () => sweep());",
    "background.track('sweep', sweep());",
    'const end = () => void waiting.delete(entry);',
    'const answer = await send().catch((error) => failed(error));',
    'queue.catch(ignored);',
    'return void 0;',
  ],
  invalid: [
    { code: 'void sweep();', errors: 1 },
    { code: 'if (due) void this.sweep().then(again);', errors: 1 },
    { code: 'setInterval(sweep, 1000);', errors: 1 },
    { code: "process.emitWarning('failed');", errors: 1 },
    { code: 'const answer = await send().catch(() => undefined);', errors: 1 },
  ],
});

const lines = 'count();\n'.repeat(6);
tester.run('test-length', testLength, {
  valid: [
    { code: `describe('bus', () => {\n test('sends', () => {});\n${lines} });`, options: [{ max: 5 }] },
    {
      code: `function suite(runner) {\n runner.describe.each([1])('bus', () => {});\n${lines} }`,
      options: [{ max: 5 }],
    },
    { code: `test('sends', () => { count(); });`, options: [{ max: 5 }] },
  ],
  invalid: [{ code: `test('sends', () => {\n${lines} });`, options: [{ max: 5 }], errors: 1 }],
});
