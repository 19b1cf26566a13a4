import { canonicalJson, type DeliveryObligation, type FieldObligation } from '@charterbus/core-models';
import { obligationLimits } from './obligation-schema.js';

type Annotation = Extract<DeliveryObligation, { readonly kind: 'annotate' }>;

const rank = { remove: 0, replace: 1, mask: 2, annotate: 3 } as const;

/** The stricter of two about one path: the one that shows less of what was there. */
const stricter = (left: FieldObligation, right: FieldObligation): FieldObligation => {
  if (left.kind !== right.kind) return rank[left.kind] < rank[right.kind] ? left : right;
  if (left.kind === 'mask' && right.kind === 'mask') return left.keep <= right.keep ? left : right;
  if (left.kind !== 'replace' || right.kind !== 'replace') return left;
  // Neither value is what both policies asked for.
  return canonicalJson(left.value) === canonicalJson(right.value) ? left : { kind: 'remove', path: left.path };
};

/** Each path that encloses this one. In a pointer every slash begins a token. */
const enclosing = (path: string): readonly string[] => {
  const paths: string[] = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) paths.push(path.slice(0, at));
  return paths;
};

const fieldsOf = (asked: readonly DeliveryObligation[]): readonly FieldObligation[] => {
  const byPath = new Map<string, FieldObligation>();
  for (const obligation of asked) {
    if (obligation.kind === 'annotate') continue;
    const other = byPath.get(obligation.path);
    byPath.set(obligation.path, other === undefined ? obligation : stricter(other, obligation));
  }
  return [...byPath.values()].filter(({ path }) => !enclosing(path).some((above) => byPath.has(above)));
};

const annotationsOf = (asked: readonly DeliveryObligation[]): readonly Annotation[] => {
  const annotations = asked.filter((obligation) => obligation.kind === 'annotate');
  return [...new Map(annotations.map((each) => [`${each.header}: ${each.value}`, each])).values()];
};

const sortKey = (obligation: DeliveryObligation): string =>
  obligation.kind === 'annotate'
    ? `${rank.annotate}${obligation.header}: ${obligation.value}`
    : `${rank[obligation.kind]}${obligation.path}`;

/**
 * One list for what several policies ask: each path once, none below another, sorted. The stricter wins, which is
 * commutative, associative and idempotent, so neither the order of policies nor how often one asks matters.
 */
export const mergeObligations = (asked: readonly DeliveryObligation[]): readonly DeliveryObligation[] =>
  [...fieldsOf(asked), ...annotationsOf(asked)].toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));

/** More than one verdict holds, from however many policies. */
export const isTooMuch = (obligations: readonly DeliveryObligation[]): boolean =>
  obligations.length > obligationLimits.count ||
  (obligations.length > 0 && Buffer.byteLength(JSON.stringify(obligations)) > obligationLimits.bytes);
