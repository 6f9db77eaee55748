/**
 * What the parser's codes mean to whoever wrote the file, and what to do. The parser's own messages are not printed,
 * because they hold pieces of the text, which may be secret.
 */
export const yamlMistakes: Readonly<Record<string, readonly [why: string, cure: string]>> = {
  ALIAS_PROPS: ['An alias ("*name") has a tag or an anchor of its own.', 'Leave only the alias.'],
  BAD_ALIAS: ['This alias is not written as "*name".', 'Quote the value if it is no alias.'],
  BAD_COLLECTION_TYPE: ['A tag asks for another kind of collection than stands here.', 'Leave the tag out.'],
  BAD_DIRECTIVE: ['This line is read as a directive, because it begins with "%".', 'Quote it, or leave it out.'],
  BAD_DQ_ESCAPE: [
    'A double-quoted value has a backslash that is followed by nothing known.',
    'Double the backslash, or use single quotes.',
  ],
  BAD_INDENT: [
    'The indentation does not fit what is above.',
    'Give all items of a list, and all keys of a map, the same.',
  ],
  BAD_PROP_ORDER: ['An anchor or a tag stands in the wrong place.', 'Put it right before the value.'],
  BAD_SCALAR_START: ['The value begins with a character that means something else in YAML.', 'Quote the value.'],
  BLOCK_AS_IMPLICIT_KEY: [
    'A map begins in the middle of a line.',
    'Quote the value if it holds ": ", or indent what belongs under it on lines of its own.',
  ],
  BLOCK_IN_FLOW: ['Something indented stands inside braces or brackets.', 'Write it with braces or brackets too.'],
  DUPLICATE_KEY: ['This key stands here a second time.', 'Keep one of them.'],
  EXCESSIVE_ALIASES: ['The file has too many aliases.', 'Write out what they stand for.'],
  IMPOSSIBLE: ['This is not YAML.', 'Mend it.'],
  KEY_OVER_1024_CHARS: ['A key is longer than 1,024 characters.', 'Close the quote before it, or shorten it.'],
  MISSING_CHAR: [
    'A quote, bracket, brace, colon, comma or "-" is missing before here.',
    'Look at what was opened and is not closed.',
  ],
  MULTILINE_IMPLICIT_KEY: [
    'A key goes over several lines.',
    'Look for a missing colon, or for one indentation too many.',
  ],
  MULTIPLE_ANCHORS: ['The value has two anchors.', 'Keep one.'],
  MULTIPLE_DOCS: ['The file holds several documents, parted by "---".', 'Keep one of them.'],
  MULTIPLE_TAGS: ['The value has two tags.', 'Keep one.'],
  NON_STRING_KEY: ['A key must be text.', 'Quote it.'],
  RESOURCE_EXHAUSTION: ['The file is nested too deeply.', 'Flatten it.'],
  TAB_AS_INDENT: ['The indentation is a tab.', 'Use spaces.'],
  TAG_RESOLVE_FAILED: ['The tag ("!name") is not known.', 'Leave it out, or quote the value if it begins with "!".'],
  UNEXPECTED_TOKEN: [
    'Something stands here that cannot stand here.',
    'Look for a missing colon or comma before it, or quote the value.',
  ],
  UNQUOTED_PLACEHOLDER: ['Inside braces and brackets, "${…}" must be quoted.', 'Put it in quotes.'],
  UNRESOLVED_ALIAS: ['An alias ("*name") has no anchor ("&name") before it.', 'Quote the value if it is no alias.'],
};
