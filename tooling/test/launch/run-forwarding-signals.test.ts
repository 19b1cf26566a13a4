import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';

const launcher = new URL('../../launch/run-forwarding-signals.js', import.meta.url).href;

/** A server that counts signals, and takes a moment to drain. */
const server = `
  let signals = 0;
  const open = setInterval(() => undefined, 1_000);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
    signals += 1;
    if (signals === 1) setTimeout(() => { console.log('drained after', signal, signals); clearInterval(open); }, 200);
  });
  console.log('listening');
`;

function launch(script: string, options = '{}'): ChildProcess {
  const command = `
    const { runForwardingSignals } = await import(${JSON.stringify(launcher)});
    process.exitCode = await runForwardingSignals(process.execPath, ['-e', ${JSON.stringify(script)}], ${options});
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', command], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function outputOf(child: ChildProcess, onLine: (line: string) => void): Promise<number | null> {
  createInterface({ input: child.stdout ?? process.stdin }).on('line', onLine);
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s reaches the server once, which drains and exits 0', async (signal) => {
  const child = launch(server);
  const lines: string[] = [];
  const code = await outputOf(child, (line) => {
    lines.push(line);
    if (line !== 'listening') return;
    // As on a terminal: once from there and once from npm.
    child.kill(signal);
    child.kill(signal);
  });
  expect(lines).toEqual(['listening', `drained after ${signal} 1`]);
  expect(code).toBe(0);
});

test('a closed terminal lets the server drain', async () => {
  const child = launch(server);
  const lines: string[] = [];
  await outputOf(child, (line) => {
    if (lines.push(line) === 1) child.kill('SIGHUP');
  });
  expect(lines.at(-1)).toBe('drained after SIGTERM 1');
});

test('the exit code is passed on, and a killed command is a failed one', async () => {
  await expect(outputOf(launch('process.exit(3)'), () => undefined)).resolves.toBe(3);
  await expect(outputOf(launch('process.kill(process.pid, "SIGKILL")'), () => undefined)).resolves.toBe(1);
});

test('past its deadline a command is killed', async () => {
  const child = launch('setInterval(() => undefined, 1_000)', '{ deadlineMs: 100 }');
  await expect(outputOf(child, () => undefined)).resolves.toBe(1);
});
