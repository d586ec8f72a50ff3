/** What goes wrong with files, said so that a user can mend it. */

import { InputError, isInputError } from '../../nodes/contract/capability.ts'

/** The code of a system error (`ENOENT`), or undefined for any other. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return error instanceof Error && typeof code === 'string' ? code : undefined
}

/**
 * @param what `read` or `written`.
 * @param path as the user would know it.
 */
export function inputError(error: unknown, what: 'read' | 'written', path: string): InputError {
  if (isInputError(error)) return error
  return new InputError(`${subject(what, path)} ${reason(error, what)}`, { cause: error })
}

const subject = (what: 'read' | 'written', path: string) =>
  path === '-'
    ? `Standard ${what === 'read' ? 'input' : 'output'} could not be ${what}:`
    : `'${path}' could not be ${what}:`

function reason(error: unknown, what: 'read' | 'written'): string {
  switch (systemCode(error)) {
    case 'ENOENT':
      return 'there is no such file. Check the path; a relative one begins at the folder of the flow.'
    case 'ENOTDIR':
      return 'a part of the path is a file where a folder should be. Check the path.'
    case 'EISDIR':
      return 'it is a folder. Name a file in it.'
    case 'EACCES':
    case 'EPERM':
      return `this user may not. Change the permissions of the file and its folders, or have it ${what} as another user.`
    case 'EROFS':
      return 'it is on a file system that is mounted read-only. Choose another path.'
    case 'ENOSPC':
      return 'the disk is full. Free some space, or choose a path on another disk.'
    case 'EDQUOT':
      return 'the disk quota of this user is used up. Free some space, or choose a path on another disk.'
    case 'EFBIG':
      return 'the file has grown as large as the file system or the limits of this process allow. Choose another path.'
    case 'EPIPE':
      return 'the program that was reading it has gone. Start it again, or choose a file.'
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open. Raise the limit (ulimit -n).'
    default:
      return `${error instanceof Error ? error.message : String(error)}.`
  }
}
