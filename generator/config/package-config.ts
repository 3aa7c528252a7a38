/** The npm package that an SDK becomes: fields of its `package.json`. */
export interface PackageConfig {
  readonly name: string;
  /** A semantic version. Increase it when the catalog changes. */
  readonly version: string;
  /** SPDX identifier, such as `MIT`. Default: `UNLICENSED`, npm's word for a package that others have no right to use. */
  readonly license?: string;
  /** Default: the title of the catalog, followed by `: typed events`. */
  readonly description?: string;
  /** Where the source is: a URL, npm's short form, or a URL with the folder in the repository. Default: none. */
  readonly repository?: string | { readonly url: string; readonly directory?: string };
  /** With true, npm refuses to publish the package. Default: false. */
  readonly private?: boolean;
  /** Settings of `npm publish`: the registry, and whether everyone can read a scoped package. Default: those of npm. */
  readonly publishConfig?: {
    readonly registry?: string;
    readonly access?: 'public' | 'restricted';
    readonly tag?: string;
  };
  /**
   * An export condition under which the package exports its TypeScript sources, for tools of a repository that read sources
   * rather than `dist`. Default: none.
   */
  readonly sourceCondition?: string;
}
