/** A file that programs are measured over. */

export interface SizedFile {
  readonly path: string
  readonly records: number
}

/** A file and its first records. */
export interface InputFile extends SizedFile {
  readonly few: SizedFile
}
