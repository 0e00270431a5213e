"""By which words systems and services say what went wrong, as data: English, Chinese, Japanese, Portuguese, Spanish.

The text that is searched is lower case, without addresses, `_` and camel case taken apart. Within one kind, what is
said of one language stands together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from ..errors import ErrorType

BY_STATUS: Mapping[int, ErrorType] = {
    400: "invalid_parameters",
    401: "unauthorized",
    402: "rate_limited",  # the plan is used up
    403: "unauthorized",
    404: "not_found",
    405: "invalid_parameters",
    406: "invalid_parameters",
    407: "unauthorized",
    408: "timeout",
    410: "not_found",
    413: "too_large",
    414: "too_large",
    415: "invalid_parameters",
    422: "invalid_parameters",
    429: "rate_limited",
    431: "too_large",
    432: "rate_limited",
    433: "rate_limited",
    498: "unauthorized",
    504: "timeout",
    522: "timeout",
    524: "timeout",
    598: "timeout",
}
VAGUE = frozenset((400, 422, *range(500, 600))) - {504, 522, 524, 598}  # used for everything: words count before them
OF_RATES_TOO = frozenset((403,))  # what services also answer where a limit is reached
MISSING = frozenset((404, 410))  # what no service answers where a limit is reached


class AnyOf:
    """A pattern of alternatives, compiled at the first failure that is looked at, not at each start."""

    def __init__(self, *alternatives: str) -> None:
        self._alternatives = alternatives

    def search(self, text: str) -> re.Match[str] | None:
        """Where one of them is found first."""
        return self._pattern.search(text)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(self._alternatives))


_KEY = (
    r"(?:(?:api.{0,12}?|access.?|subscription.?|secret.?|license.?)key|api.?secret|credentials?"
    r"|(?:(?:access|auth|authentication|bearer).?)?token|jwt)"
)
_BAD = (
    r"(?:invalid|incorrect|missing|expired|empty|revoked|disabled|suspended|blocked|inactive|deactivated|unknown|wrong|malformed|blank"
    r"|not (?:found|set|provided|valid|configured|recogni[sz]ed|authori[sz]ed|active|enabled|exist)"
    r"|(?:not|n.t) be (?:verified|validated)|n.t valid|does(?: not|n.t) exist)"
)
_BEFORE_KEY = r"(?:invalid|incorrect|missing|expired|wrong|bad|no(?: valid)?|unknown|revoked|malformed)"
_NO_TOKEN_OF_JSON = r"(?!unexpected)\w+ "  # `Invalid or unexpected token` is said by parsers

# said of keys and accounts without a doubt
KEYS = AnyOf(
    rf"\b{_BEFORE_KEY} (?:or {_NO_TOKEN_OF_JSON})?(?:{_NO_TOKEN_OF_JSON})?{_KEY}\b(?!\): line)",
    rf"\b{_KEY}\b[^.;]{{0,40}}\b{_BAD}\b",
    rf"\b{_KEY}(?: \w+)? (?:is |was )?required",
    r"un ?authori[sz]ed\b(?! (?:requests? )?(?:limit|rate))|unauthenticated|not authenticated",
    r"authentication ?(?:error|failed|failure|required|is required|fails)",
    r"could not authenticate|failed to authenticate|login (?:required|failed)"
    r"|(?:must be (?:logged|signed)|have to (?:log|sign)) ?in\b",
    r"please (?:log|sign) in|unregistered callers|invalid (?:login|signature|grant|client|subscription|app ?id)",
    r"unrecogni[sz]ed client|signature ?does ?not ?match|signature (?:verification failed|.{0,40}does not match)",
    r"requests from .{0,60} are blocked|consumer .{0,12}(?:inactive|blocked|disabled)",
    r"(?:invalid|incorrect|wrong) (?:user ?name|e.?mail|user|login).{0,12}password|not white ?listed",
    r"\b(?:subscription|license|licence|(?:free )?trial|session|jwt)\b (?:has |is |was )?(?:expired|ended|inactive)",
    r"not subscribed to",
    r"\baccount .{0,20}(?:deactivated|suspended|disabled|blocked|banned|not (?:been )?(?:active|activated|verified))"
    r"(?!.{0,40}exceed)",
    r"\b(?:provide|input|enter|set|configure|specify|check|supply)\b.{0,30}\b(?:api.?key|access.?token|credentials?)\b"
    r"(?![^.;]{0,40}(?:rate|limit|higher))",
    r"\b(?:invalid|incorrect|wrong|bad) (?:key|secret)\W*$",
    r"\bapi.?key error|\bnot logged in|need to (?:be logged|be signed|log|sign) ?in\b",
    # Chinese
    r"(?:用[户戶]名|[账帳][号號户戶]|密[码碼]|口令).{0,6}(?:[错錯][误誤]|不正[确確]|[无無]效)|白名[单單]",
    r"(?:密[钥鑰]|令牌|token|[权權]限|(?<![a-z])key).{0,6}(?:[验驗][证證]|校[验驗]|[检檢][查測测])(?:失[败敗]|未通[过過]|不通[过過])",
    r"[请請]先?(?:配置|填[写寫]|[设設]置|提供|[检檢]查|[输輸]入).{0,8}(?:(?<![a-z])key(?![a-z])|密[钥鑰]|token|凭[证據据])",
    r"(?:[无無]效|[错錯][误誤]|不正[确確]|[过過]期|失效|缺少|未提供|未配置|未[设設]置|未填写|[没沒]有|非法).{0,8}(?:密[钥鑰]|秘[钥鑰]|金[钥鑰]|(?<![a-z])key(?![a-z])|token|令牌|凭[证據据]|憑證|口令)",
    r"(?:密[钥鑰]|秘[钥鑰]|金[钥鑰]|(?<![a-z])key(?![a-z])|token|令牌|凭[证据]|憑證).{0,8}(?:[无無]效|[错錯][误誤]|不正[确確]|[过過]期|失效|不存在|缺失|[为為]空|未|[已被]禁用)",
    r"未(?:经|經)?授[权權]|[没沒]有.{0,10}[权權]限|(?:[请請]先|尚未|未)[开開]通|[无無](?:访问|訪問)?[权權]|[权權]限不足",
    r"(?:[鉴鑒][权權]|授[权權])(?:失[败敗]|[错錯][误誤]|不通[过過])|[签簽]名(?:[错錯][误誤]|[无無]效|(?:校[验驗]|[验驗][证證])失[败敗])"
    r"|[认認][证證](?:失[败敗]|[错錯][误誤]|未通[过過])|身份[验驗][证證](?:失[败敗]|未通[过過])",
    r"(?:账[号户]|帳[號戶]).{0,6}(?:禁用|封禁|冻结|凍結|停用)|[请請]先登[录錄入]",
    r"登[录錄入](?:已)?(?:失效|[过過]期)|未(?:完成|通[过過])?(?:[实實]名)?(?:登[录錄入]|[认認][证證])|\bapp.?id.{0,6}(?:不存在|[无無]效|[错錯][误誤])",
    # Japanese
    r"認証(?:情報|に失敗|エラー|が必要|できません|されて)",
    r"(?:キー|トークン|資格情報).{0,10}(?:無効|不正|正しく|間違|期限|見つかり|必要|設定されて)",
    r"(?:無効な|不正な|誤った)\s?(?:api)?\s?(?:キー|トークン|資格情報)|権限が(?:ありません|ない|不足)",
    r"ログイン(?:が必要|してください)|許可されていません|パスワードが|アカウントが(?:停止|無効|凍結|ロック)",
    r"(?:キー|トークン|認証情報)を(?:入力|設定|指定|確認)",
    # Portuguese, Spanish
    r"n[aã]o autoriza|sem autoriza|autentica[cç][aã]o (?:falhou|necess[aá]ria|inv[aá]lida|obrigat)",
    r"falha (?:na|de) autentica|erro de autentica|n[aã]o autenticad|necess[aá]rio autenticar"
    r"|fa[cç]a login|n[aã]o tem permiss",
    r"conta .{0,12}(?:suspensa|bloquead|desativad|inativ)|(?:sess[aã]o|sesi[oó]n) (?:expir|inv[aá]l)",
    r"(?:usu[aá]rio|senha|contrase[nñ]a)\b.{0,20}(?:incorrec?t|inv[aá]lid)",
    r"(?:chave|token|clave|credencia(?:l|is)|credenciales|senha)\b.{0,25}"
    r"(?:inv[aá]lid|incorrec?t|expir(?:ad|ou)|ausente|n[aã]o (?:fornecid|informad|encontrad|reconhecid|cadastrad)"
    r"|vencid|caducad|no v[aá]lid)",
    r"no autorizad|fall[oó] (?:la|de) autenticaci|error de autenticaci",
)
RATES = AnyOf(
    r"rate.?limit|too many (?:\w+ )?(?:requests|calls|queries|searches|messages|attempts|tokens, please|concurrent)",
    r"throttl|resource.?(?:has been )?exhausted",
    r"slow ?down|excessive (?:requests|usage|use)",
    r"requests? too (?:quickly|fast|often)|(?:call|request) volume|exceeding .{0,12}requests",
    r"enhance your calm|over ?quota",
    r"\bquota\b",
    r"\b(?:usage|requests?|daily|weekly|monthly|hourly|plan|credit|spending|spend|concurrency|calls?|search(?:es)?"
    r"|throughput|free tier|trial) limits?\b",
    r"(?<![a-z])(?:rpm|rps|tpm|rpd|qps|qpm)(?![a-z])|requests? per (?:second|minute|hour|day|month)"
    r"|capacity (?:limit|exceeded)",
    r"(?:insufficient|not enough|no (?:more|remaining)|out of|exhausted|used (?:up )?(?:all|your)|low)\b.{0,25}"
    r"\b(?:credits?|balance|funds?|searches|tokens? (?:left|balance)|units)\b",
    r"(?:credits?|balance|searches)\b.{0,20}\b(?:exhausted|used up|insufficient|depleted|too low|exceeded|run out)",
    r"payment required|billing (?:hard )?limit|upgrade your plan|exceed\w* (?:your|the|its)? ?(?:\w+ )?plan",
    r"\brequest was denied due to .{0,20}rate|(?<!time )limit (?:has been )?reached\b"
    r"|\b(?:hit|reached|exceeded) (?:your|the) limit\b",
    r"(?:request|call)s? (?:too|are too) (?:frequent|fast)|too frequent|frequency .{0,12}(?:limit|exceed)",
    r"(?:usage|credit|monthly|daily) cap\b",
    r"(?:concurrent|parallel|simultaneous) \w+ .{0,12}(?:reached|exceeded)|concurrency .{0,12}exceeded",
    r"\bno (?:more |remaining )?(?:credits?|searches) (?:left|remaining|available)|^\W*limit exceeded|arrearage",
    r"plan limit|allows? \d+ (?:concurrent|parallel|simultaneous)|exceed\w* .{0,30}\b(?:allowance|allotment)",
    r"\blimit: ?\d+ ?/|\b(?:usage|free tier)\b.{0,20}\bexhausted|plan does(?: not|n.t) (?:include|allow) (?:any )?more",
    r"(?:reached|exceeded|hit|used) (?:your |the )?(?:max\w* |total |allowed )?(?:number|amount) of .{0,20}"
    r"(?:requests|calls|queries|searches)",
    r"\bwait\b.{0,24}\b(?:before|between) .{0,12}(?:another|next|new|making|sending|requests?|calls?)\b"
    r"|\bbalance (?:is )?(?:negative|empty|zero)",
    # Chinese
    r"[频頻]繁|限流|限速|流控|配[额額]|[额額]度(?:不足|已|用|超)|[余餘][额額]不足|欠[费費]",
    r"[请請]求(?:[过過]多|太多|次[数數])|(?:[调調]用|[访訪][问問]|使用)(?:次[数數]|[频頻]率)",
    r"次[数數](?:已|超|不足|用)|[频頻]率(?:限制|[过過]高|超)",
    r"超(?:出|[过過]).{0,10}(?:次[数數]|[频頻]率|速率|[并並][发發]|qps)|[并並][发發].{0,6}(?:限制|超|[过過])",
    r"超(?:出|[过過]).{0,8}(?:[额額]度|限[额額]|[请請]求[数數]?|[调調]用)|限[频頻]",
    r"(?:[资資]源|[流用]量|[额額]度|[点點][数數]).{0,4}(?:耗[尽盡]|用[完尽盡])|[资資]源包|[调調]用量.{0,4}(?:耗|用[完尽盡]|不足|超)",
    r"每(?:秒|[分小]|天|日|月).{0,6}(?:最多|限).{0,6}次|[太过過]快|速率限制|(?:达到|達到|超[过過出]).{0,6}限[额額]",
    r"[积積]分不足|套餐|(?:次|每日|每天|每月|每[小分]|今日|[当當]日|[调調]用|[请請]求).{0,8}上限",
    r"(?:人[数數]|用[户戶]|流量|[访訪][问問]量?)[过過太]多",
    # Japanese
    r"レート\s?(?:制限|リミット)|リクエスト(?:数|回数)?が(?:多|上限|制限)|リクエストの?制限",
    r"リクエスト(?:数|回数)の(?:上限|制限)|回数(?:の)?(?:制限|上限)|(?:利用|使用|アクセス)(?:制限|上限|回数)",
    r"(?:上限|制限)に達し|クォータ|クオータ|残高(?:が)?不足|クレジットが(?:不足|足り)|(?:アクセス|リクエスト)が集中|使い切|無料枠",
    r"(?:同時|接続数|回数|件数|実行数).{0,8}(?:上限|制限)|(?:[日分月秒]|時間)(?:間)?の.{0,4}(?:上限|制限)|[利使]用枠"
    r"|割り?当てを超|(?:多数|大量)のリクエスト|回数を超",
    # Portuguese, Spanish
    r"(?:muit[ao]s|excesso de) (?:requisi|solicita|pedidos|chamadas|tentativas|requests)",
    r"limite d[eo] (?:seu )?plano"
    r"|(?:atingiu|excedeu|ultrapassou) (?:o|seu|a|sua) (?:seu )?(?:limite|cota)(?! de tempo)",
    r"limite (?:de|di[aá]rio|mensal) ?(?:taxa|requisi|solicita|uso|chamadas|consultas|cr[eé]ditos)?",
    r"(?<!tempo )limite .{0,25}(?:excedid|atingid|ultrapassad|alcanzad)|\bcota\b|saldo insuficiente",
    r"(?:quantidade|n[uú]mero|cantidad) m[aá]xim[ao] de "
    r"(?:buscas|pesquisas|requisi|solicit|chamadas|llamadas|consultas|pedidos|b[uú]squedas|petic)",
    r"cr[eé]ditos? insuficientes?|sem (?:saldo|cr[eé]ditos)",
    r"cr[eé]ditos? .{0,12}(?:acab|esgot|agot)",
    r"demasiadas (?:solicitudes|peticiones|llamadas|consultas)",
    r"l[ií]mite de (?:velocidad|solicitudes|uso|tasa|peticiones)|\bcuota\b|excedido el l[ií]mite",
)

# in this order, where no status is clear
WORDS: tuple[tuple[ErrorType, AnyOf], ...] = (
    (
        "invalid_parameters",
        AnyOf(
            r"not found in tool config|not in options|parameter validation|invalid params|invalid.?argument",
            r"invalid.?parameter|\bmissing (?:query|url|prompt|keywords?)\b|unsupported .{0,24}\b(?:param|argument)",
            r"missing (?:required |a required |mandatory )?\d? ?(?:\w+ )?(?:param|argument|field|propert|input)",
            r"\b(?:param\w*|argument|field|query|property|input)\b.{0,40}\b(?:required|missing|invalid|not supported"
            r"|not allowed|cannot be (?:empty|blank|null)|(?:must|should) (?:be|not|have|contain))",
            r"not one of the allowed",
            r"\b(?:input|string|list|value|url|number|tuple|dictionary|date) should (?:be|have|match|start|end)\b",
            r"(?:required|unknown|unexpected|unsupported|unrecogni[sz]ed|invalid) (?:\w+ )?"
            r"(?:param|argument|field|input|propert|value for|enum)",
            r"unable to parse \w+ as an? (?:integer|number|boolean|date|datetime|url)"
            r"|valid (?:integer|number|boolean|url)\b",
            r"additional propert",
            r"please (?:input|enter|provide|specify) (?:a |an |the |your |some )?(?:\w+ )?"
            r"(?:quer(?:y|ies)|urls?|links?|keywords?|text|prompt|question|topic)\b",
            r"could not parse the json body|invalid json (?:in|body|payload|input|request)|field required",
            r"参数 ?\w{0,20} ?(?:必须|应为|应该|为空|不能|不支持|超出范围)",
            r"[请請][输輸]入(?:(?:正[确確]|有效|合法)的|.{0,4}(?:[关關][键鍵][词詞字]|查[询詢]|搜索|[网網]址|url|[问問][题題]))|不支持[该該]?.{0,4}参数",
            r"参数(?:类型|格式)?(?:错误|无效|不合法|有误|缺失|校验|异常|不正确|不能为空)|參數(?:錯誤|無效)",
            r"(?:缺少|无效的?|非法|错误的?|未知)(?:必要|必填|必需|请求|的)*参数|不能为空|必填|请求参数",
            r"パラメータ|(?:キーワード|クエリ|url|値)を(?:入力|指定)して|無効な(?:リクエスト|引数|入力|値)|不正な(?:リクエスト|引数|入力|値)|(?:は|が)必須"
            r"|必須(?:項目|パラメータ)|引数",
            r"par[aâ]metro|requisi[cç][aã]o inv[aá]lida|solicita[cç][aã]o inv[aá]lida|campo .{0,30}obrigat",
            r"solicitud (?:inv[aá]lida|incorrecta)|valor inv[aá]lido",
        ),
    ),
    (
        "timeout",
        AnyOf(
            r"tim(?:ed|e|ing) ?-?out|timeout|deadline.?exceeded|exited without response|closed response body",
            r"e(?:socket)?timedout|took too long"
            r"|(?:took|taking|ran|running|waited|waiting) (?:\w+ )?longer than",
            r"did not respond (?:in|within)|no response within",
            r"(?:not|n.t) (?:respond(?:ing)?|finish|complete)(?:ed)? in time|within the (?:time|allotted)"
            r"|exceed\w* (?:the )?(?:\w+ )?time\b|time limit (?:was )?(?:reached|exceeded)|\d ?m?s exceeded",
            r"max(?:imum)? (?:\w+ )?time\b.{0,24}exceed"
            r"|took (?:more|longer) than (?:\d|the |expected|allowed)|longer than (?:the )?(?:\w+ )?time\b"
            r"|no (?:answer|reply) within",
            r"[规規]定[时時][间間][内內]|等待超[过過]|時間が(?:長|かかり)すぎ|tempo m[aá]ximo",
            r"(?:[响響][应應]|等待|[处處]理|[执執]行)[时時][间間][过過][长長]|時間が(?:制限|上限)を超",
            r"[长長][时時][间間](?:未|[没沒]有?)(?:[响響][应應]|回)|超[时時]|逾[时時]|タイムアウト|時間切れ|時間内に",
            r"tempo (?:limite|esgotad|de (?:espera|resposta|\w+ (?:esgotad|excedid)))|esgotou .{0,12}tempo"
            r"|(?:demorou|tard[oó]) (?:muito|demais|demasiado|m[aá]is (?:do )?(?:que|de))",
            r"expirou (?:o|por) tempo|(?:solicita[cç][aã]o|requisi[cç][aã]o|opera[cç][aã]o|pedido|consulta) expirou",
            r"tiempo (?:de espera|l[ií]mite)|agotad[oa] el tiempo",
        ),
    ),
    (
        "connection",
        AnyOf(
            r"connection|connect ?error|(?:unable to|cannot|could not|can.t|failed to) reach|cannot connect"
            r"|can.?t connect|could not connect|failed to connect",
            r"unable to connect|connect (?:failed|tcp|call failed|e[a-z]{4,})|unreachable|broken pipe",
            r"no such host|host not found"
            r"|no route to host|assign requested address|abnormal closure|\beof\b(?! while parsing)",
            r"httpx\W{0,3}(?:read|write|close) ?error",
            r"\be(?:conn[a-z]+|notfound|ai again|hostunreach|netunreach|pipe|hostdown|netdown|addrnotavail|proto)\b",
            r"name or service not known|nodename nor servname|no address associated|name resolution",
            r"resolve (?:host|hostname|name|address|the (?:host|name|address|domain|url|ip|server|dns))\b"
            r"|name.?not.?resolved|getaddrinfo|\bdns\b|gaierror",
            r"unknown host|\b(?:host|web server) is down|host n[aã]o encontrad|falha ao (?:se )?conectar",
            r"refused the connection|[远遠]程主[机機].{0,10}[关關][闭閉]|\bdns.{0,4}(?:解析|[错錯])",
            r"\berr (?:name|internet|network|address|connection|proxy|tunnel|cert|ssl|socket|empty|quic|http2"
            r"|aborted)\b",
            r"socket hang ?up|(?<!backend )fetch failed|failed to fetch",
            r"network ?(?:error|is|request failed|unstable|failure)|server ?disconnected|disconnected without",
            r"remote protocol ?error|remote ?disconnected",
            r"incomplete ?read|chunked encoding|premature|other side closed|peer closed",
            r"lookup address|proxy connect|(?:ホスト|サーバー?)に到達",
            r"closed by (?:peer|the remote|remote)|\bssl\b|ssl ?error|\btls\b|x509|certificate|handshake",
            r"proxy ?error|bad ?gateway ?proxy|max retries exceeded|remote end closed|context cancell?ed",
            r"session.?not.?found|dial tcp|read tcp|stream (?:was )?(?:reset|closed)",
            r"transport (?:closed|error)",
            r"(?:[连連]接|連線)(?:失[败敗]|被|[错錯][误誤]|[异異]常|中[断斷]|不上|重置|[关關][闭閉])",
            r"[无無]法(?:建立)?(?:[连連]接|連線)|拒[绝絕]了?(?:[连連]接|連線)",
            r"[网網][络絡路](?:[错錯][误誤]|[异異]常|不可|[连連]接|失[败敗]|[请請]求失|不通|[问問][题題]|[超延])",
            r"域名.{0,6}解析|[无無]法解析.{0,6}(?:主[机機]|域名|地址)|[断斷][开開](?:了)?[连連]接|[连連]接.{0,4}[断斷][开開]|[证證][书書]"
            r"|接続(?:でき|に失敗|エラー|が(?:拒否|切断|リセット|切れ))",
            r"ネットワーク|通信(?:エラー|に失敗|障害)|名前解決|(?:ホスト名?|名前|ドメイン)を解決|証明書|サーバー?に(?:接続|到達)",
            r"conex[aã]o|conexi[oó]n|n[aã]o foi poss[ií]vel (?:se )?conectar|no se pudo conectar|erro de rede",
            r"error de red|resolver o (?:nome|host|endere|dom[ií]nio)|falha (?:na|de) rede"
            r"|servidor inacess[ií]vel|host desconhecido",
        ),
    ),
    (
        "unauthorized",
        AnyOf(
            r"un ?authori[sz]ed|not authori[sz]ed|authori[sz]ation|forbidden|authenticat|access.?denied",
            r"permission.?(?:denied|error)|insufficient (?:permission|privilege|scope)",
            r"not (?:allowed|permitted) to (?:access|use|perform)",
            r"(?<!not exist or you )do(?:es)? not have (?:permission|access)",
            r"don.t have (?:permission|access)|credentials? ?validat",
            r"\bcredentials?\b.{0,30}(?:invalid|failed|incorrect)",
            r"(?:provide|input|enter|set|configure|add|need|get) .{0,30}\b(?:api.?key|access.?token|credentials?)\b",
            r"api key not|sign ?in to|log ?in to",
            r"拒[绝絕](?:访问|訪問)|(?:访问|訪問)被拒|禁止(?:访问|訪問)|登[录錄入]",
            r"アクセス(?:が|を)?(?:拒否|禁止|許可され)|アクセス権|acesso (?:negado|proibido)",
            r"permiss[aã]o (?:negada|insuficiente)|sem permiss|proibido|acceso (?:denegado|prohibido)",
            r"permiso denegado|prohibido",
        ),
    ),
    (
        "too_large",
        AnyOf(
            r"too (?:large|long|big)|maximum context length|context.?(?:length|window).?(?:exceed|is)",
            r"context length exceeded",
            r"exceed\w* .{0,30}(?:size|length|context|bytes|characters|context window|number of tokens)",
            r"(?:大小|[长長]度|字[数數]).{0,4}超(?:出|[过過]|限)|(?:サイズ|文字数|長さ).{0,4}超え",
            r"tamanho .{0,20}(?:excede|ultrapass)|(?:size|length) .{0,30}exceed|payload.{0,10}large"
            r"|token limit exceeded",
            r"reduce the (?:length|size)",
            r"longer than (?:the )?(?:\d+\b(?! ?(?:m?s|sec\w*|min\w*|hours?)\b)|max)"
            r"|max(?:imum)? (?:file |request )?(?:size|length) (?:is|of)",
            r"超(?:出|[过過])最大.{0,4}(?:token|[长長]|[输輸]入|字)",
            r"larger than (?:the )?(?:max|allowed)|string above max",
            r"(?:over|above|beyond|exceed\w*) (?:the |its )?(?:limit|maximum) of [\d.,]+ ?(?:[kmg]i?b\b"
            r"|(?:[km]|thousand|million)? ?(?:tokens|characters|chars|bytes|words|pages|lines)\b)",
            r"exceed\w* (?:the )?(?:\w+ (?:of )?)?\d+ ?[kmg]i?b\b",
            r"太[大长長]|超[过過出] ?\d+ ?[kmg]i?b\b",
            r"[过過]大|[过過][长長]|超(?:出|[过過]).{0,10}(?:大小|[长長]度|字[数數]|上下文)|大きすぎ|長すぎ",
            r"サイズ(?:が|の)(?:上限|制限|超)|muito (?:grande|long)|grande demais|long[oa] demais",
            r"demasiado (?:grande|larg)|tamanho m[aá]ximo",
        ),
    ),
    (
        "not_found",
        AnyOf(
            r"(?<!module )not ?found|(?:not|n.t) be found|no such|does(?: not|n.t) exist|not installed",
            r"\bno \w+ match(?:es)? the (?:given|requested)|(?:has|have) been (?:removed|deleted)(?! from the request)",
            r"cannot (?:get|post|put|delete) ?(?:/|$)|not match any"
            r"|(?:could not|couldn.t|cannot|can.t|unable to) find (?:the|that|this|your|page|file)\b",
            r"\bno (?:page|article|document|file|record|item|model|user)s? (?:with|named|called|of)\b.{0,60}\bexists?\b"
            r"|\b(?:video|page|article|content|document) (?:is )?(?:un|not )available",
            r"no longer (?:exists|available)|unknown (?:model|endpoint|tool|method|host)|\bgone\b(?! away)|nosuch\w+",
            r"未(?:查[询詢]|[检檢]索)到|查[无無]|[无無]此|已下架|不[见見]了|(?:ページ|該当する.{0,12})[はが](?:あり|ござい)ません",
            r"nenhum (?!resultado).{0,30}encontrad|n[aã]o foi poss[ií]vel (?:encontrar|localizar)(?! resultado)",
            r"(?:p[aá]gina|arquivo|recurso|conte[uú]do) .{0,12}(?:removid|exclu[ií]d)",
            r"(?:未找到|找不到|[没沒]有找到)(?!(?:任何|相[关關]|[搜检檢]索|的)*[结結]果)|不存在|已(?:被)?[删刪]除|未安[装裝]|未発見|(?<!結果が)(?<!結果は)見つかりません",
            r"存在し(?:ません|ない)|n[aã]o (?:foi )?encontrad|n[aã]o existe|inexistente",
            r"no (?:se )?(?:ha )?encontr|no existe",
        ),
    ),
    (
        "bad_response",
        AnyOf(
            r"json ?decode|expecting (?:value|property|',')",
            r"(?:invalid|not valid|not|end of|unexpected end of|malformed|parse|parsing|bad) json",
            r"in json at position|is not valid json|unmarshal",
            r"(?:failed|unable) to (?:parse|decode|deserialize)|cannot parse|could not (?:parse|decode)",
            r"extra data: line|unterminated string",
            r"error (?:while )?(?:parsing|decoding)|(?:could not|cannot|can.t) be (?:parsed|decoded)",
            r"xml ?(?:syntax|parse) ?error|tree\W+parse ?error",
            r"unexpected (?:token|mimetype|content.?type|response|character)|content ?type ?error",
            r"decod(?:e|ing) ?error|codec can.?t decode|not well.?formed|mismatched tag",
            r"(?:invalid|malformed|empty|bad|incomplete) response|no element found|invalid chunk",
            r"looking for beginning|while parsing|after json at|instead of json|decompress|payload is not completed",
            r"不是(?:有效|合法)的? ?json|json ?(?:的?格式(?:[错錯]|不)|の形式が)",
            r"(?:レスポンス|応答)の?.{0,8}(?:不正|無効|正しく|異常)|interpretar (?:a )?resposta",
            r"json .{0,4}(?:malformad|inv[aá]lid)",
            r"[无無]法解析|解析.{0,6}失[败敗]|返回.{0,8}[为為]空|不正なjson",
            r"resposta vazia|(?:decodificar|analisar) (?:o |a )?(?:json|resposta)",
            r"解析(?:失[败敗]|[错錯][误誤]|[异異]常)|返回(?:格式|[数數]据|[内內]容).{0,8}(?:[错錯]|[异異]|不)",
            r"响应(?:格式|[内內]容)?.{0,6}(?:[错錯][误誤]|[异異]常|[无無]效|[为為]空)",
            r"(?:解析|デコード)(?:に失敗|エラー|でき)|不正な(?:応答|レスポンス)|無効な(?:応答|レスポンス)",
            r"resposta (?:inv[aá]lida|malformada)|falha ao (?:analisar|decodificar|interpretar)|json inv[aá]lido",
            r"respuesta (?:inv[aá]lida|no v[aá]lida)",
        ),
    ),
    (
        "invalid_parameters",
        AnyOf(
            r"bad ?request",
            r"invalid.?(?:request|url|uri|date|format|query|input|value|model|language|country|argument|option)",
            r"validation ?(?:error|exception|failed)|unprocessable|(?<!; \d )is required|are required",
            r"(?:is|are) mandatory|should be one of|must be (?:before|after|less)"
            r"|not (?:one of|among) the (?:supported|allowed|valid|known)",
            r"(?:param\w*|query|value)\b.{0,12} (?:is )?too short",
            r"を(?:入力|指定)してください|サポートされてい?(?:ない|ません)|対応していない|deve ser|malformad[oa]",
            r"(?:must|can|should|may) ?not be (?:empty|blank|null)",
            r"no (?:query|url|input|text|prompt) (?:was )?(?:given|provided|specified|supplied)",
            r"must be (?:one of|a |an |at |between|greater|less|provided|positive|set|non)",
            r"(?<!index )out of range",
            r"(?:must|should) (?:start|begin|end|contain|match)\b|please (?:provide|enter|use) an? valid",
            r"^\W*(?:the )?(?:query|url|input|prompt|text) (?:is|was) (?:empty|blank|missing|null)"
            r"|bad (?:param\w*|argument|input)",
            r"(?:unknown|unrecogni[sz]ed) (?:time.?zone|language|country|currency|locale|option|parameter|unit)",
            r"\b(?:language|locale|country|format|time.?zone|currency|region)\b.{0,16} not supported",
            r"\b(?:format|date|value|url|query|input|language) is (?:invalid|not valid|malformed|incorrect)",
            r"unsupported (?:language|format|value|country|locale|region|model|media|operation)|malformed",
            r"method not allowed|not acceptable|(?:invalid|missing|required).{0,12}(?:param|argument)",
            r"param\w*\b.{0,40}\b(?:required|missing)|missing \d? ?required",
            r"[请請]求(?:[错錯][误誤]|[无無]效|格式)|格式(?:[错錯][误誤]|不正[确確])",
            r"[无無]效的?\s?(?:url|[网網]址|[链鏈]接|日期|值|[输輸]入)|不支持的?\s?(?:[语語]言|格式|地[区區]|[国國]家)",
            r"(?:形式|書式|フォーマット|値)が(?:正しく|無効|不正|違)",
            r"n[aã]o suportad|リクエストが(?:無効|不正)|entrada inv[aá]lida"
            r"|formato inv[aá]lido|inv[aá]lid[oa]",
        ),
    ),
)
