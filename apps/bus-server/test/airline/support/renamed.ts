const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** The same JSON with other names: as values, as keys, and inside of texts that are JSON themselves. */
export const renamed = (value: unknown, names: ReadonlyMap<string, string>): unknown => {
  if (typeof value === 'string') {
    const inner = names.has(value) ? undefined : parsed(value);
    if (typeof inner === 'object' && inner !== null) return JSON.stringify(renamed(inner, names));
    return names.get(value) ?? value;
  }
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [names.get(key) ?? key, renamed(member, names)]),
  );
};
