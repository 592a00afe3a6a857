// The part of Pagefind's interface that we use; the package ships no types.
declare module '@pagefind/default-ui' {
  export class PagefindUI {
    constructor(options: {
      element: string;
      baseUrl: string;
      bundlePath: string;
      showImages: boolean;
      showSubResults: boolean;
      resetStyles: boolean;
      translations: Record<string, string>;
    });
  }
}
