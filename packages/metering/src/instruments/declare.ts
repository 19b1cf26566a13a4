import type { LabelDeclaration, MetricDeclaration, MetricUnit } from './metric.js';

interface Stated {
  readonly unit: MetricUnit;
  readonly help: string;
  readonly labels?: readonly LabelDeclaration[];
}

type Declared<Name extends string, Kind> = MetricDeclaration & { readonly name: Name; readonly kind: Kind };

const declare = <const Name extends string, const Kind extends MetricDeclaration['kind']>(
  name: Name,
  kind: Kind,
  { unit, help, labels = [] }: Stated,
): { readonly [Key in Name]: Declared<Name, Kind> } =>
  ({ [name]: Object.freeze({ name, kind, unit, help, labels }) }) as { [Key in Name]: Declared<Name, Kind> };

export const counter = <const Name extends `${string}_total`>(name: Name, stated: Stated) =>
  declare(name, 'counter', stated);

export const gauge = <const Name extends string>(name: Name, stated: Stated) => declare(name, 'gauge', stated);

export const histogram = <const Name extends string>(
  name: Name,
  { buckets, ...stated }: Stated & { readonly buckets: readonly number[] },
): { readonly [Key in Name]: Declared<Name, 'histogram'> } => {
  const declared = declare(name, 'histogram', stated);
  return { [name]: Object.freeze({ ...declared[name], buckets }) } as never;
};
