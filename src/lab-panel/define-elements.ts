// The one script of a lesson: defines the elements that make its text a lab.
import { LabAction } from '../run-blocks/lab-action.ts';
import { LabCheck } from '../run-blocks/lab-check.ts';
import { LabRun } from '../run-blocks/lab-run.ts';
import { LabSolution } from '../run-blocks/lab-solution.ts';
import { LabStep } from '../run-blocks/lab-step.ts';
import { listenForRunKey } from '../run-blocks/run-key.ts';
import { followLesson } from '../progress/lesson-progress.ts';
import { LabPanel } from './lab-panel.ts';

customElements.define('lab-panel', LabPanel);
customElements.define('lab-run', LabRun);
customElements.define('lab-action', LabAction);
customElements.define('lab-check', LabCheck);
customElements.define('lab-step', LabStep);
customElements.define('lab-solution', LabSolution);
listenForRunKey((words) => document.querySelector<LabPanel>('lab-panel')?.tell(words));
followLesson();
