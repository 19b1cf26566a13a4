import { ConfigurationError } from '@charterbus/core-models';

/**
 * Refuses what would wait for itself, over others or at once.
 *
 * @param dependsOn whom a name depends on; nothing where it is not known.
 * @throws ConfigurationError `CONFIGURATION_INVALID` that names the circle.
 */
export const checkAcyclic = (name: string, dependsOn: (name: string) => readonly string[]): void => {
  const seen = new Set<string>();
  const ways: (readonly string[])[] = [[name]];
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    for (const next of dependsOn(way.at(-1) ?? name)) {
      if (next === name) {
        const circle = [...way, next].join(' → ');
        throw new ConfigurationError('CONFIGURATION_INVALID', `The dependencies go round in a circle: ${circle}.`);
      }
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
};
