/** A token or key of a provider that says itself what it is. */
export interface SecretKind {
  readonly category: string;
  /** 90 where the form leaves no doubt. */
  readonly score: number;
  /** How it begins: only there is the pattern asked. */
  readonly prefix: string;
  /** Sticky, without nested repetition: it takes time in proportion to what it reads. */
  readonly pattern: RegExp;
}

const kind = (category: string, prefix: string, pattern: RegExp, score = 90): SecretKind => ({
  category,
  score,
  prefix,
  pattern,
});

/** By prefix; those with a longer one come first where one prefix begins another. */
export const secretKinds: readonly SecretKind[] = [
  kind('charterbus-token', 'cba_', /cba_[A-Za-z0-9_-]{20,200}/y),
  kind('charterbus-token', 'cbo_', /cbo_[A-Za-z0-9_-]{20,200}/y),
  kind('charterbus-token', 'cbs_', /cbs_[A-Za-z0-9_-]{20,200}/y),
  kind('aws-access-key', 'AKIA', /AKIA[A-Z0-9]{16}(?![A-Za-z0-9])/y),
  kind('aws-access-key', 'ASIA', /ASIA[A-Z0-9]{16}(?![A-Za-z0-9])/y),
  kind('google-api-key', 'AIza', /AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/y),
  kind('google-oauth-secret', 'GOCSPX-', /GOCSPX-[A-Za-z0-9_-]{28}/y),
  kind('google-oauth-token', 'ya29', /ya29\.[A-Za-z0-9_-]{20,1000}/y),
  kind('azure-storage-key', 'AccountKey', /AccountKey=[A-Za-z0-9+/]{80,90}={0,2}/y),
  kind('azure-access-key', 'SharedAccessKey', /SharedAccessKey=[A-Za-z0-9+/]{40,90}={0,2}/y),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) =>
    kind('github-token', prefix, /gh[pousr]_[A-Za-z0-9]{36,255}/y),
  ),
  kind('github-token', 'github_pat_', /github_pat_[A-Za-z0-9_]{50,255}/y),
  ...['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glcbt-', 'glsoat-'].map((prefix) =>
    kind('gitlab-token', prefix, /gl[a-z]{2,5}-[A-Za-z0-9_-]{20,100}/y),
  ),
  ...['xoxa-', 'xoxb-', 'xoxe-', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'].map((prefix) =>
    kind('slack-token', prefix, /x(?:ox[a-z]|app)-[A-Za-z0-9-]{10,250}/y),
  ),
  ...['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_'].map((prefix) =>
    kind('stripe-key', prefix, /[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}/y, prefix.includes('test') ? 70 : 90),
  ),
  kind('stripe-webhook-secret', 'whsec_', /whsec_[A-Za-z0-9+/=]{24,100}/y),
  kind('anthropic-key', 'sk-ant-', /sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{20,250}/y),
  kind('openai-key', 'sk-', /sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,250}/y),
  kind('npm-token', 'npm_', /npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/y),
  kind('pypi-token', 'pypi-', /pypi-[A-Za-z0-9_-]{50,1000}/y),
  kind('twilio-key', 'SK', /SK[0-9a-f]{32}(?![A-Za-z0-9])/y),
  kind('mailgun-key', 'key-', /key-[0-9a-f]{32}(?![A-Za-z0-9])/y),
  ...['shpat_', 'shpca_', 'shppa_', 'shpss_'].map((prefix) =>
    kind('shopify-token', prefix, /shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}/y),
  ),
  ...['dop_v1_', 'doo_v1_', 'dor_v1_'].map((prefix) => kind('digitalocean-token', prefix, /do[opr]_v1_[0-9a-f]{64}/y)),
  kind('huggingface-token', 'hf_', /hf_[A-Za-z0-9]{30,60}(?![A-Za-z0-9])/y),
  kind('databricks-token', 'dapi', /dapi[0-9a-f]{32}(?![A-Za-z0-9])/y),
  kind('linear-key', 'lin_api_', /lin_api_[A-Za-z0-9]{32,64}/y),
  kind('notion-token', 'ntn_', /ntn_[A-Za-z0-9]{40,60}/y),
  kind('docker-token', 'dckr_pat_', /dckr_pat_[A-Za-z0-9_-]{20,60}/y),
  kind('grafana-token', 'glsa_', /glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}/y),
  kind('vault-token', 'hvs', /hvs\.[A-Za-z0-9_-]{20,200}/y),
  kind('supabase-token', 'sbp_', /sbp_[0-9a-f]{40}/y),
  kind('sentry-token', 'sntrys_', /sntrys_[A-Za-z0-9+/=_-]{40,500}/y),
  kind('postman-key', 'PMAK-', /PMAK-[0-9a-f]{24}-[0-9a-f]{34}/y),
  kind('figma-token', 'figd_', /figd_[A-Za-z0-9_-]{20,100}/y),
  kind('age-key', 'AGE-SECRET-KEY-', /AGE-SECRET-KEY-1[A-Z0-9]{58}/y),
  kind('private-key', '-----BEGIN', /-----BEGIN (?:[A-Z]{2,9} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y, 95),
  kind('json-web-token', 'eyJ', /eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{16,1000}/y, 75),
];

/** Shorter runs of letters, digits, `_` and `-` are the head of none, unless a full stop follows. */
export const shortestHead = 10;

/** Heads that a full stop follows. */
export const dottedKinds: readonly SecretKind[] = [
  kind('sendgrid-key', 'SG', /SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/y),
  ...secretKinds.filter(({ prefix }) => prefix === 'ya29' || prefix === 'hvs'),
];

/** An address with a password in it, from its scheme on. */
export const urlWithPassword =
  /(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|nats|clickhouse|mssql|sqlserver|ldaps?|s?ftp|ssh|https?|smtps?):\/\/[^\s:@/?#"'<>]{0,64}:([^\s@/"'<>]{3,128})@[A-Za-z0-9[]/y;

/** A name of what is secret, as it stands in configurations, with what it is set to. */
export const assignment = /(?:["'])?\s{0,3}[:=]\s{0,3}(?:["'`])?([^\s"'`,;{}<>()[\]]{8,200})/y;
