/**
 * What decides the meaning of a query, whatever runs it: the binder and every engine session set exactly these, so that a
 * fingerprint stands for one result. Limits of resources are not among them.
 */
export const pinnedSettings: readonly (readonly [name: string, value: string])[] = [
  ['TimeZone', "'UTC'"],
  ['Calendar', "'gregorian'"],
  ['default_order', "'ASC'"],
  ['default_null_order', "'NULLS_LAST'"],
  ['integer_division', 'false'],
  ['ieee_floating_point_ops', 'true'],
  ['old_implicit_casting', 'false'],
  ['order_by_non_integer_literal', 'false'],
  ['preserve_identifier_case', 'true'],
  ['default_collation', "''"],
  ['binary_as_string', 'false'],
  ['autoinstall_known_extensions', 'false'],
  ['autoload_known_extensions', 'false'],
  ['allow_community_extensions', 'false'],
]

/** The pinned settings as statements. */
export const pinnedStatements = (): readonly string[] => pinnedSettings.map(([name, value]) => `SET ${name} = ${value}`)
