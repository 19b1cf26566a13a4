import type { Target } from '../statistics/conclude.js';

/** Three significant digits, thousands apart: nothing here is known better. */
export const significant = (value: number): string =>
  value.toLocaleString('en-GB', { maximumSignificantDigits: 3, useGrouping: true });

export const targetWords = (target: Target): string =>
  'atLeast' in target ? `≥ ${significant(target.atLeast)}` : `≤ ${significant(target.atMost)}`;
