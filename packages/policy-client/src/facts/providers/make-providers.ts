import type { Clock, FactsManifest, Timers } from '@charterbus/core-models';
import type { BreakerSource } from '@charterbus/recovery';
import type { DeclaredProvider } from '../compile/declarations.js';
import type { Report } from '../manifest/report.js';
import { GuardedProvider } from './guarded-provider.js';
import { httpTransport } from './http-transport.js';
import type { ProviderClient } from './provider-client.js';
import type { ProviderFunction } from './provider-function.js';
import { functionTransport, type Transport } from './transport.js';

export interface ProviderSetting {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly functions: Readonly<Record<string, ProviderFunction>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  /** What is missing is no problem, and answers nothing. */
  readonly checkOnly: boolean;
  readonly breakers: BreakerSource;
}

type ProviderManifest = FactsManifest['providers'][string];
type HttpManifest = NonNullable<ProviderManifest['http']>;

class Making {
  readonly #setting: ProviderSetting;
  readonly #report: Report;

  constructor(setting: ProviderSetting, report: Report) {
    this.#setting = setting;
    this.#report = report;
  }

  transport(name: string, { http }: ProviderManifest): Transport | undefined {
    const { functions, checkOnly } = this.#setting;
    const given = Object.hasOwn(functions, name) ? functions[name] : undefined;
    const path = ['providers', name];
    if (http !== undefined) {
      if (given !== undefined)
        this.#report.atKey(path, `${name} is asked over HTTP, and a function is given for it as well.`);
      return this.#http(http, [...path, 'http']);
    }
    if (given !== undefined) return functionTransport(given);
    if (!checkOnly) this.#report.atKey(path, `${name} has no address, and no function is given for it.`);
    return undefined;
  }

  #http({ url, token }: HttpManifest, path: readonly string[]): Transport | undefined {
    const { username, password } = new URL(url);
    if (username !== '' || password !== '') {
      this.#report.at([...path, 'url'], 'An address in a constitution holds no credentials: use token.');
    }
    if (token === undefined) return httpTransport({ url, fetch: this.#setting.fetch });
    const secret = this.#setting.environment[token.environment];
    if (secret !== undefined && secret !== '') return httpTransport({ url, token: secret, fetch: this.#setting.fetch });
    const message = `The environment variable ${token.environment} is not set.`;
    if (!this.#setting.checkOnly) this.#report.at([...path, 'token', 'environment'], message);
    return undefined;
  }
}

const silent: ProviderClient = { ask: () => ({ failure: { cause: 'There is nobody to ask.' } }) };

/** Makes the client of each provider; what is missing for one is reported. */
export const makeProviders = (
  facts: FactsManifest,
  declared: ReadonlyMap<string, DeclaredProvider>,
  setting: ProviderSetting,
  report: Report,
): ReadonlyMap<string, ProviderClient> => {
  const making = new Making(setting, report);
  const clients = new Map<string, ProviderClient>();
  for (const [name, { load }] of declared) {
    const manifest = facts.providers[name];
    const transport = manifest && making.transport(name, manifest);
    const { clock, timers, breakers } = setting;
    const client = transport && new GuardedProvider({ name, manifest, load, transport, clock, timers, breakers });
    clients.set(name, client ?? silent);
  }
  return clients;
};
