import { boolean, choice, dataType, either, list, map, object, type Schema, text } from './schema.ts'

const required = choice([true])

/** A field of a struct, of which the type alone may stand for it, as for a column. */
const field = either(
  [
    dataType({ store: (type: unknown) => ({ type }) }),
    object(
      {
        type: dataType(),
        required: boolean(),
        was: text('a name'),
        note: text('a text'),
        privacy: choice(['personal', 'secret']),
      },
      'a type or { type, required, was, note, privacy }',
      { needs: ['type'] },
    ),
  ],
  'a type or { type, required, was, note, privacy }',
)

/** Types within types, as code writes them. */
export const nestedType: Schema = either(
  [
    object({ list: dataType(), required }, '{ list: type }', { needs: ['list'] }),
    object({ map: list(dataType(), '[type of the keys, type of the values]'), required }, '{ map: [type, type] }', {
      needs: ['map'],
    }),
    object({ struct: map(field, 'names of fields and their types') }, '{ struct: { name: type } }', {
      needs: ['struct'],
    }),
  ],
  '{ list: type }, { map: [type, type] } or { struct: { name: type } }',
)
