/** A version names a metadata file, and for time travel one snapshot in it. */
interface VersionParts {
  readonly file: string
  readonly snapshot: bigint | null
}

const mark = '#snapshot='

export function parseVersion(version: string): VersionParts {
  const at = version.lastIndexOf(mark)
  if (at < 0) return { file: version, snapshot: null }
  return { file: version.slice(0, at), snapshot: BigInt(version.slice(at + mark.length)) }
}

export function versionAt(version: string, snapshot: bigint): string {
  return `${parseVersion(version).file}${mark}${snapshot}`
}
