import { describe, expect, it } from 'vitest';
import { BundleService } from '../../testing/bundle-service.js';

const bytes = Buffer.from('a bundle');
const ask = (service: BundleService, headers: Record<string, string> = {}) =>
  fetch(service.url, { headers, redirect: 'manual' });

describe('a bundle service', () => {
  it('answers with a tag, and with nothing to whoever knows it', async () => {
    await using service = await BundleService.start({ holds: false });
    expect((await ask(service)).status).toBe(404);
    service.publish(bytes);
    const answer = await ask(service);
    expect(await answer.text()).toBe('a bundle');
    const etag = answer.headers.get('etag') ?? '';
    expect((await ask(service, { 'if-none-match': etag, prefer: 'wait=5' })).status).toBe(304);
    expect(service.requests).toHaveLength(3);
  });

  it('holds whoever waits for something new', async () => {
    await using service = await BundleService.start();
    service.publish(bytes);
    const etag = (await ask(service)).headers.get('etag') ?? '';
    const waiting = ask(service, { 'if-none-match': etag, prefer: 'modes=snapshot;wait=5' });
    await service.asked(2);
    expect(service.held).toBe(1);
    service.expire();
    expect((await waiting).status).toBe(304);
    const again = ask(service, { 'if-none-match': etag, prefer: 'modes=snapshot;wait=5' });
    await service.asked(3);
    service.publish(Buffer.from('another'));
    expect(await (await again).text()).toBe('another');
  });

  it('misbehaves as it is told', async () => {
    await using service = await BundleService.start();
    service.publish(bytes);
    service.fault({ kind: 'cut' });
    await expect(ask(service).then((answer) => answer.text())).rejects.toThrow('terminated');
    service.fault({ kind: 'status', status: 302, location: '/elsewhere' });
    expect((await ask(service)).headers.get('location')).toBe('/elsewhere');
    service.fault(undefined);
    expect((await ask(service)).status).toBe(200);
  });
});
