import { z } from 'zod';
import type { PolicyRecord } from '../engine/policy-engine.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { SourceText } from '../source/read-sources.js';
import { readYaml } from '../source/yaml.js';

/** A policy that stands in Rego under a name of its own. */
export interface NamedPolicy extends Pick<PolicyRecord, 'id' | 'effect' | 'file' | 'line' | 'escalate'> {
  readonly title?: string;
}

export interface NamedPolicies {
  readonly policies: readonly NamedPolicy[];
  readonly problems: readonly ConstitutionProblem[];
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** As OPA has it, of which only three members below `custom` are ours; others are anybody's. */
const metadataSchema = z.looseObject({
  title: z.string().max(1_000).optional(),
  custom: z
    .looseObject({
      policy: z
        .string()
        .regex(idPattern, 'must be 1 to 128 letters, digits or . _ : - and begin with a letter or digit')
        .optional(),
      effect: z.enum(['permit', 'forbid', 'rule']).default('rule'),
      escalate: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be the name of an approval: lower-case letters, digits or dashes')
        .optional(),
    })
    .refine(({ effect, escalate }) => escalate === undefined || effect === 'permit', 'escalate belongs on a permit')
    .nullish(),
});

interface Block {
  /** From 1, of the line after the heading. */
  readonly line: number;
  readonly text: string;
}

/** The comments that stand under a line `# METADATA`, without their number signs. */
const metadataBlocks = (text: string): readonly Block[] => {
  const lines = text.split('\n');
  return lines.flatMap((heading, index) => {
    if (!/^\s*#\s*METADATA\s*$/.test(heading)) return [];
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((line) => !/^\s*#/.test(line));
    const comments = end === -1 ? rest : rest.slice(0, end);
    return [{ line: index + 2, text: comments.map((line) => line.replace(/^\s*# ?/, '')).join('\n') }];
  });
};

const readBlock = ({ path }: SourceText, block: Block): NamedPolicies => {
  const { value, problems } = readYaml(path, block.text, metadataSchema);
  if (value === undefined) {
    // Lines are those of the block, and columns are without the number sign.
    const moved = problems.map(({ line = 1, message }) => ({ file: path, line: block.line + line - 1, message }));
    return { policies: [], problems: moved };
  }
  const { title, custom } = value;
  if (custom?.policy === undefined) return { policies: [], problems: [] };
  const { policy: id, effect, escalate } = custom;
  const optional = { ...(title === undefined ? {} : { title }), ...(escalate === undefined ? {} : { escalate }) };
  return { policies: [{ id, effect, file: path, line: block.line - 1, ...optional }], problems: [] };
};

const repeated = (policies: readonly NamedPolicy[]): readonly ConstitutionProblem[] =>
  policies.flatMap(({ id, file, line }, index) => {
    const earlier = policies.slice(0, index).find((policy) => policy.id === id);
    if (earlier === undefined) return [];
    return [{ file, line, message: `${id} is already the name of the policy at ${earlier.file}:${earlier.line}.` }];
  });

/**
 * The policies that annotations of Rego name: `custom: { policy: ID, effect: permit, escalate: NAME }` in a METADATA
 * comment. Nothing else of Rego is read; its compiler does that.
 */
export const namedPolicies = (sources: readonly SourceText[]): NamedPolicies => {
  const read = sources.flatMap((source) => metadataBlocks(source.text).map((block) => readBlock(source, block)));
  const policies = read.flatMap((block) => block.policies);
  return { policies, problems: [...read.flatMap((block) => block.problems), ...repeated(policies)] };
};
