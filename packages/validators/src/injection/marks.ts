/** What delimits turns in the formats that models are trained on: nobody else writes them. */
const markers = [
  '<|im_start|>',
  '<|im_end|>',
  '<|system|>',
  '<|user|>',
  '<|assistant|>',
  '<|endoftext|>',
  '<|eot_id|>',
  '<|start_header_id|>',
  '<|begin_of_text|>',
  '<|end|>',
  '<<sys>>',
  '<</sys>>',
  '<start_of_turn>',
  '<system>',
  '</system>',
  '<system_prompt>',
  '</system_prompt>',
  '<system-reminder>',
  '<system_message>',
  '<system-message>',
  '<instructions>',
  '</user_input>',
  '</user>',
  '</untrusted>',
  '</tool_result>',
  '</document>\n<system',
  '[inst]',
  '[/inst]',
  '[system]',
  '[system message]',
  '[system override]',
  '[/system]',
  '[admin]',
  '### system',
  '### instruction:',
  '### instructions:',
  '###instruction',
  '###system',
  '### new instruction',
  '### assistant:',
  '### human:',
  '## system',
  '#system',
  '[[system',
];

const markersByHead = Map.groupBy(markers, (marker) => marker.slice(0, 2));

/** Whether one of them stands at a place of a text in lower case. */
export const isMarker = (text: string, at: number): boolean =>
  markersByHead.get(text.slice(at, at + 2))?.some((marker) => text.startsWith(marker, at)) ?? false;

/** A place in an address for what is to be carried out. */
export const carries =
  /[?&](?:[a-z]|data|content|text|msg|info|secret|key|token|leak|payload|log|query)=|\?.{0,80}[{[$<]/;
