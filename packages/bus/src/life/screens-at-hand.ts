import { ConfigurationError, ConstitutionalError, screenNameOf } from '@charterbus/core-models';
import type { Constitution, ConstitutionProblem } from '@charterbus/policy-client';

const problemsOf = ({ manifest }: Constitution, names: ReadonlySet<string>): readonly ConstitutionProblem[] =>
  Object.entries(manifest.facts.screens).flatMap(([name, declared]) => {
    const screen = screenNameOf(declared);
    if (names.has(screen)) return [];
    const known = names.size === 0 ? 'none' : [...names].toSorted().join(', ');
    const message = `facts.screens.${name}: this bus has no screen ${screen}, but ${known}.`;
    return [{ file: 'manifest.yaml', message }];
  });

/**
 * Under a constitution whose facts read screens that are not there, everything that needs them would be denied.
 *
 * @param names of the content screens at hand.
 * @throws ConstitutionalError `CONSTITUTION_INVALID` with `details.problems` and `details.screens`, the names that are missing.
 */
export const checkScreens = (constitution: Constitution, names: ReadonlySet<string>): void => {
  const problems = problemsOf(constitution, names);
  if (problems.length === 0) return;
  const screens = [...constitution.screens].filter((screen) => !names.has(screen));
  const told = problems.map(({ message }) => message).join(' ');
  throw new ConstitutionalError('CONSTITUTION_INVALID', `The constitution reads a screen that is not there. ${told}`, {
    details: { problems, screens },
  });
};

/** As `checkScreens`; the constitution is closed where it throws. */
export const withScreens = async (constitution: Constitution, names: ReadonlySet<string>): Promise<Constitution> => {
  try {
    checkScreens(constitution, names);
    return constitution;
  } catch (error) {
    await constitution.close();
    throw error;
  }
};

/** Which screens there are is a matter of how a bus is started: what it is started with is told as that. */
export const asConfigured = (error: unknown): never => {
  if (!ConstitutionalError.isInstance(error) || !Array.isArray(error.details['screens'])) throw error;
  throw new ConfigurationError('CONFIGURATION_INVALID', error.message, { cause: error, details: error.details });
};
