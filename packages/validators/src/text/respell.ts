const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
};

/** Letters for the digits and signs that stand in words; `1`, `!` and `|` are read as what is given. */
export const unleet = (text: string, one: 'i' | 'l'): string =>
  text.replace(/[a-z0-9@$!|]{3,40}/g, (word) => {
    if (!/[a-z]/.test(word)) return word;
    // A mark at the end of a word is one.
    const end = /[!|]$/.test(word) ? word.length - 1 : word.length;
    const spelled = word.slice(0, end).replace(/[0-9@$!|]/g, (sign) => {
      return leet[sign] === 'i' ? one : (leet[sign] ?? sign);
    });
    return spelled + word.slice(end);
  });

/**
 * Words whose letters stand apart, put together: `i g n o r e  a l l`, `i.g.n.o.r.e`. Where words are set off by a wider gap,
 * or by another sign than their letters, they stay apart; where not, they come glued.
 */
export const joinSpaced = (text: string): string =>
  text.replace(/(?<![\p{L}\p{N}])[\p{L}\p{N}](?:[^\p{L}\p{N}]{1,4}[\p{L}\p{N}](?![\p{L}\p{N}])){3,}/gu, (row) => {
    const gap = /^.([^\p{L}\p{N}]{1,4})/u.exec(row)?.[1] ?? ' ';
    return row.replace(/[^\p{L}\p{N}]{1,4}/gu, (found) => (found === gap ? '' : ' '));
  });

/** Each glued word taken apart into known ones, the longest first; what is unknown in between is left out. */
export const splitGlued = (text: string, known: ReadonlySet<string>, longest: number): string => {
  let budget = 4096;
  return text.replace(/\p{L}{12,}/gu, (word) => {
    budget -= word.length;
    if (budget < 0) return word;
    const parts = cut(word, known, longest);
    const covered = parts.join('').length;
    return covered * 5 >= word.length * 4 ? parts.join(' ') : word;
  });
};

const cut = (word: string, known: ReadonlySet<string>, longest: number): readonly string[] => {
  const parts: string[] = [];
  for (let at = 0; at < word.length; ) {
    let length = Math.min(longest, word.length - at);
    while (length > 1 && !known.has(word.slice(at, at + length))) length -= 1;
    if (length > 1) parts.push(word.slice(at, at + length));
    at += length;
  }
  return parts;
};

export const rotate13 = (text: string): string =>
  text.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 84) % 26) + 97));

export const reverseText = (text: string): string => [...text].toReversed().join('');
