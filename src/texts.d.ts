// Makes the keys of content/i18n/en.json known to `Astro.locals.t`.
declare namespace StarlightApp {
  type Texts = typeof import('../content/i18n/en.json');
  interface I18n extends Texts {}
}
