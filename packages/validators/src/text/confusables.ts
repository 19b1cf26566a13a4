/**
 * Letters that look like Latin ones, each followed by what it is taken for: a subset of the confusables of Unicode TR39, by what
 * is met in texts that hide from filters. Whoever compares folded texts must fold both, so that Russian and Greek words
 * stay comparable.
 */
const pairs =
  // Cyrillic
  'аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsԁdһhԛqԝwѵvӏlгrԍgԧh' +
  // Greek
  'αaβbεeηnιiκkνvοoρpτtυuχxγyωwσoμuϲcϳjδdθoπnζzλa' +
  // Latin, with strokes, without dots, or small capitals
  'ıiȷjøołlđdħhŧtɑaɡgɩiƒfðdþpʀrᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpꜱsᴛtᴜuᴠvᴡwʏyᴢzɛeɔcʋvʌvɐaǝeɹrʇtɥhɯm' +
  // Armenian, Cherokee, Lisu
  'օoսuհhոnցgզqԁdᎪaᎬeᎢtᎥiᎳwᎷmᎻhᎩyᏀgᏃzᏙvᏚsᏞlᏟcᏢpᏦkᎠdᎡrᎫjꓐbꓑpꓓdꓔtꓖgꓗkꓙjꓚcꓜzꓝfꓠnꓡlꓢsꓣrꓦvꓧhꓪwꓫxꓬyꓮaꓰeꓲiꓳoꓴu';

const letters = Array.from(pairs);

/** By the letter's code, in lower case. */
export const confusables: ReadonlyMap<string, string> = new Map(
  Array.from({ length: letters.length / 2 }, (_, at) => [
    (letters[2 * at] as string).toLowerCase(),
    letters[2 * at + 1] as string,
  ]),
);
