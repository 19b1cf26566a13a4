const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** The same JSON with other names: as values, as keys, and inside of texts that are JSON themselves. */
const renamed = (value: unknown, names: ReadonlyMap<string, string>): unknown => {
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

/** Another name for every row and payment method of an airline's tables. */
const otherNames = (tables: Readonly<Record<string, object>>): ReadonlyMap<string, string> => {
  const payments = Object.values(tables['users'] ?? {}).flatMap((user) =>
    Object.keys((user as { readonly payment_methods: object }).payment_methods),
  );
  const names = [...Object.values(tables).flatMap((rows) => Object.keys(rows)), ...payments];
  return new Map(names.map((name, index) => [name, `other-${index}`]));
};

/** A trace and its data under other names, the conversations in the opposite order. */
export const disguised = (
  trace: string,
  tables: Readonly<Record<string, object>>,
): { readonly trace: string; readonly tables: object } => {
  const names = otherNames(tables);
  const lines = trace.trim().split('\n').toReversed();
  return {
    trace: lines.map((line) => JSON.stringify(renamed(JSON.parse(line), names))).join('\n'),
    tables: renamed(tables, names) as object,
  };
};
