// The one door through which pages import components.
export { default as Check } from './Check.astro';
export { default as Failure } from './Failure.astro';
export { default as Figure } from './Figure.astro';
export { default as Hint } from './Hint.astro';
export { default as OnFedora } from './OnFedora.astro';
export { default as OnYourHardware } from './OnYourHardware.astro';
export { default as Power } from './Power.astro';
export { default as Solution } from './Solution.astro';
export { default as Step } from './Step.astro';
export { default as Tamper } from './Tamper.astro';
export { default as TaskLine } from './TaskLine.astro';
export { default as TaskMap } from './TaskMap.astro';
export { default as Touch } from './Touch.astro';
export { default as Architecture } from '../diagrams/Architecture.astro';
export { default as BuildPushPull } from '../diagrams/BuildPushPull.astro';
export { default as ImageLayers } from '../diagrams/ImageLayers.astro';
export { default as UpdateTrees } from '../diagrams/UpdateTrees.astro';
