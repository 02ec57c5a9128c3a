// Problems of the DK8xxx family: the lock, devk8s' own state on disk, and questions.
import type { ProblemKind } from './problem.ts'

export const locked: ProblemKind = {
  code: 'DK8001',
  title: 'Another run of devk8s is at work',
  exit: 6,
  hint: 'Two runs that change the same cluster would break it, so the second one waits for you to decide. Let the first finish, or end it with Ctrl-C in its window, then run the command again.',
}

export const cannotAsk: ProblemKind = {
  code: 'DK8010',
  title: 'A question has to be answered, and nobody can be asked',
  exit: 4,
  hint: 'Without a terminal, or with --no-input, devk8s never guesses at something that matters. The named flag answers the question.',
}

export const stateNotWritable: ProblemKind = {
  code: 'DK8020',
  title: 'devk8s cannot write its own state',
  exit: 4,
  hint: 'Locks and journals live in your state directory ($XDG_STATE_HOME/devk8s, by default ~/.local/state/devk8s). It has to be yours, writable, and on a disk with room.',
}

export const notSettled: ProblemKind = {
  code: 'DK8030',
  title: 'A change was made, and what was wanted is still not there',
  exit: 1,
  hint: 'devk8s believes what it sees afterwards, not what the tool that made the change said. Running devk8s up again looks once more and does what is missing.',
}

export const rehearsalFolderTaken: ProblemKind = {
  code: 'DK8040',
  title: 'The folder of the rehearsal leads somewhere else',
  exit: 4,
  hint: 'A rehearsal writes only below its own folder in the temporary directory. What lies there now is a link, which somebody else may have put there; remove it and try again.',
}

export const writeOutsideRehearsal: ProblemKind = {
  code: 'DK8041',
  title: 'A rehearsal tried to write outside its folder',
  exit: 70,
  hint: 'The write was stopped before it happened, so nothing on the machine has changed. This is a fault in devk8s; please report it.',
}

export const declined: ProblemKind = {
  code: 'DK8050',
  title: 'You said no',
  exit: 5,
  hint: 'Nothing is deleted, recreated or changed with privilege without a yes. Run the command again when you have decided.',
}

export const savedPlanUnreadable: ProblemKind = {
  code: 'DK8060',
  title: 'The saved plan cannot be read',
  exit: 2,
  hint: 'A saved plan is a file that devk8s plan --save-plan wrote, with the schema version of this devk8s. Make it again.',
}

export const savedPlanOutdated: ProblemKind = {
  code: 'DK8061',
  title: 'The saved plan is not the plan of now',
  exit: 2,
  hint: 'A saved plan is carried out only while it is what devk8s would plan now: same profile, manifests, folders and machine, and nothing edited by hand, so that what was reviewed is what happens. Make the plan again.',
}

export const savedPlanElsewhere: ProblemKind = {
  code: 'DK8062',
  title: 'The saved plan was made for another place',
  exit: 2,
  hint: 'A plan names the folders and programs of the machine it was made on. One from another machine, another home folder, or a rehearsal cannot be carried out here. Make it here.',
}
