// A file of its own: the inits and the JSON of generated codecs both read it.

/** What {@link membersOf} finds of a member: the whole word, and its parts. */
export type MemberWord = readonly string[];

/**
 * The members of a message as words: its fields in the order of their numbers, and its oneofs behind `|`:
 * `text ?nick .items 0email 0.phone|contact`. A word has up to six parts:
 *
 * 1. the index of the oneof that the field is of
 * 2. `?` for presence, `!` for a field that is required
 * 3. `.` where an init shape has it in another form
 * 4. the name in the message
 * 5. behind `:` that in the schema, and
 * 6. behind another `:` that in JSON, where they do not follow from the name.
 *
 * One text costs the type checker nothing, where each entry of a table would cost it time and memory.
 */
export function membersOf(text: string): MemberWord[][] {
  return text.split("|").map((part) => [...part.matchAll(/(\d*)([?!]?)(\.?)([^: ]+):?([^: ]*):?([^ ]*)/g)]);
}
