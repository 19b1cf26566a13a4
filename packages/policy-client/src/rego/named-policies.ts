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

/** The comments that stand under a line `# METADATA`, without their number signs; of one run of comments one block, as in OPA. */
const metadataBlocks = (text: string): readonly Block[] => {
  const blocks: { line: number; comments: string[] }[] = [];
  let open: string[] | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (!/^\s*#/.test(line)) open = undefined;
    else if (open !== undefined) open.push(line.replace(/^\s*# ?/, ''));
    else if (/^\s*#\s*METADATA\s*$/.test(line)) {
      open = [];
      blocks.push({ line: index + 2, comments: open });
    }
  }
  return blocks.map(({ line, comments }) => ({ line, text: comments.join('\n') }));
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

const repeated = (policies: readonly NamedPolicy[]): readonly ConstitutionProblem[] => {
  const first = new Map<string, NamedPolicy>();
  return policies.flatMap((policy) => {
    const { id, file, line } = policy;
    const earlier = first.get(id);
    if (earlier !== undefined)
      return [{ file, line, message: `${id} is already the name of the policy at ${earlier.file}:${earlier.line}.` }];
    first.set(id, policy);
    return [];
  });
};

/**
 * The policies that annotations of Rego name: `custom: { policy: ID, effect: permit, escalate: NAME }` in a METADATA
 * comment. Nothing else of Rego is read; its compiler does that.
 */
export const namedPolicies = (sources: readonly SourceText[]): NamedPolicies => {
  const read = sources.flatMap((source) => metadataBlocks(source.text).map((block) => readBlock(source, block)));
  const policies = read.flatMap((block) => block.policies);
  return { policies, problems: [...read.flatMap((block) => block.problems), ...repeated(policies)] };
};
