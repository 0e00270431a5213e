"""What a reader brings back with status 200 although it is no page: a proof of being human, consent, a login …

Such texts are short and hold little beside their few set phrases; a page that only talks of these things says other
things too. So the phrases are those by which a site addresses its visitor, and their share of the text decides. How
many are judged right: tests/core/frontends/no_pages.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal

type Wall = Literal["human", "consent", "login", "script", "missing"]

ASKS: Mapping[Wall, str] = {
    "human": "it only asks for a proof of being human, or refuses programs",
    "consent": "it only asks for consent",
    "login": "it only asks to log in or to subscribe",
    "script": "it only asks for JavaScript, or for another browser",
    "missing": "it only says that the page is missing",
}

_MAX_CHARS = 3_000  # of such a text; longer ones are pages that have such a notice too
_SHARE = 0.3  # of the text, that set phrases and their sentences are
_SHARE_UNDER_TITLE = 0.1  # where the title says it already
_BARE_CHARS = 120  # under such a title, so little text has nothing else to say

# The set phrases, one pattern a line, in English, Chinese, Japanese, Portuguese, German, French and Spanish.
# `^` and `$` are of a sentence.
_PHRASES: Mapping[Wall, str] = {
    "human": r"""
        (verif(y|ies|ying)|confirm|make sure|prove|sure) (that )?(you are|you're|you were) (a |not a )?(human|robot|bot)
        (request|traffic|activity|behaviou?r) (looks?|seems?|appears?) (to be )?(automated|unusual|suspicious)
        security service to protect
        if you('re| are) a robot$
        \bnot a robot$
        really you sending the requests
        (checking|verifying) your browser
        review the security of your connection
        verification successful$
        (complete|completing) the (security check|captcha|action below)
        (solve|complete) the (puzzle|challenge)
        drag the (slider|piece|puzzle)
        (request|traffic|visit)s? (comes?|came|is coming|are coming) from a (program|bot|robot|script|machine)
        have to complete a captcha
        ^security check$
        (type|enter) the characters you see
        cookies to continue$
        ^ray id
        ^reference (id|#)
        ^one more step$
        (unusual|suspicious) (activity|traffic) from your
        using automation tools
        automated (queries|requests)
        made us think you were a bot
        super-human speed
        to regain access
        you have been blocked
        have i been blocked
        do to resolve this
        unable to access \S+$
        triggered the security
        ^(access|request|permission) (denied|blocked)
        you don't have permission to access
        access to this (page|site|website) has been (denied|blocked|limited)
        ddos protection by
        too many requests
        ^please slow down
        (temporarily|has been) (blocked|limited)
        disable any ad ?blockers
        (完成|进行|通过|请).{0,12}(验证后|验证码|验证即可|下列验证|下方验证|安全验证)
        去验证$
        开始验证$
        拖动.{0,3}滑块
        按住滑块
        (网络|访问|当前).{0,8}(环境)?存?在?异常
        访问(过于|太)频繁
        异常(流量|访问)
        验证失败
        点击.{0,6}验证
        (完成|通过).{0,4}(人机)?(校验|验证)
        访问异常
        看不清.{0,2}换一张
        ロボットで(は)?(ない|ありません)
        人間であること
        接続のセキュリティ
        認証を完了
        通常と(異|こと)なる(トラフィック|アクセス)
        自動化されたアクセス
        表示されている文字を入力
        アクセスが(拒否|集中|制限)
        (se|que) (você|voce) (é|e) (um )?(humano|ser humano)
        não (é|sou) um robô
        tráfego incomum
        segurança da sua conexão
        e (os )?cookies para continuar
        (marque|complete) a (caixa|verificação)
        acesso negado$
        (dass|ob) sie (ein|kein) (mensch|roboter)
        ungewöhnliche aktivität
        (kein|no soy un) ro?bot
        und cookies, um fort
        n'êtes pas un robot
        vérification de sécurité
        et les cookies pour continuer
        eres (un )?humano
        tráfico inusual
    """,
    "consent": r"""
        (we|partners|site|website)\b.{0,60} (use|uses|store) .{0,30}cookies
        store and/or access information on a device
        ^before you continue
        ^(accept|reject|allow|agree to) (all|cookies)
        accept all cookies
        ^(manage|more) (prefer|opti)
        if you (choose to|click) .?(accept|reject) all
        manage (your )?(choices|privacy settings|preferences)
        legitimate interest
        we value your privacy
        our \d+ partners
        personali[sz]ed (ads|content) (depend|include)
        (confirm|verify) your age
        you must be \d\d
        ^i am (over|under|\d\d)
        by entering you agree
        ^(akzeptieren|ablehnen) (alle|sie)
        stimmen sie .{0,40}cookies
        ^alle (akzeptieren|ablehnen)
        (personenbezogene )?daten,? um personalisierte
        (aceitar|rejeitar) (todos|cookies)
        cookies and data to
        使用.{0,4}cookie
        (全部|接受所有?|拒绝)(接受|拒绝|cookie)
        管理(偏好|cookie)
        年满\s?18
        cookie.{0,3}の?(使用|利用)
        すべて(同意|許可|受け入れ)
        ^拒否する
        設定を管理
        18歳(以上|未満)
        (usa|usamos|utiliza|utilizamos) (os )?cookies
        ^(aceitar|rejeitar|recusar)( todos| cookies)?$
        uso de cookies
        gerenciar (prefer|cookies)
        (verwende[nt]|nutz(en|t)) .{0,20}cookies
        notwendige cookies
        (alle )?(akzeptieren|ablehnen)( und weiter)?$
        ^zustimmen( und weiter)?$
        partner .{0,30}(speichern|verarbeiten|nutzen)
        personalisierte(r|n)? (werbung|anzeigen)
        zustimmung
        mit werbung
        pur-abo
        personenbezogene daten
        (utilisons|utilise) des cookies
        ^tout (accepter|refuser)
        utilizamos cookies
    """,
    "login": r"""
        ^(log|sign) ?in (to|with|or|and|here)\b
        ^(please |or )*(log|sign) in$
        (must|need to|have to) (be logged|log|sign)[ -]in
        (log|sign) in or
        please (log|sign)[ -]?in
        ^log ?in\b
        forgot(ten)? (your )?(password|email)
        (don't|do not) have an account
        already (on|have|a (subscriber|member))
        ^(sign up|register)$
        members only
        (to|and) see (photos|more)
        ^create (an )?account$
        ^join now
        agree & join
        by (logging in|signing in|clicking continue)
        use your account
        (subscribe|register|become a member) to (continue|read|keep)
        cancel any ?time
        ^subscribe now$
        ^(get )?unlimited access
        to continue reading
        (last|no|\d+|your) free (article|stor(y|ies)|view)s?
        subscribe (now )?for (full|unlimited)
        by continuing,? you (agree|accept)
        ^email or phone$
        ^password$
        (扫码|密码|短信|手机号?|微信|其他方式|请先|立即)登[录錄陆]
        登[录錄](后|即)
        忘记密码
        (请输入)?(密码|手机号)$
        立即注册
        没有账号
        未注册
        获取验证码
        扫码
        新用户
        (已阅读并|即表示)同意
        用户协议
        ログインして
        ログインが必要
        パスワードをお忘れ
        ^(パスワード|ログイン|メールアドレス)$
        ログイン状態
        新規(会員)?登録
        会員(限定|登録)
        続きを読む
        アカウントをお持ち
        (faça|fazer) login
        ^(entrar|senha)$
        esqueceu (a|sua) senha
        não tem uma conta
        cadastre-se
        já é (assinante|cliente|membro)
        (exclusivo|só) para (assinantes|membros)
        assine para
        (precisa|necessário) (entrar|fazer login|estar logado)
        ^criar (uma )?conta
        ao continuar,? você (concorda|aceita)
        e-mail ou telefone
        (melden sie sich|sie sich an)
        passwort( vergessen)?$
        angemeldet bleiben
        noch kein konto
        mot de passe( oublié)?$
        connectez-vous
        (iniciar|inicia) sesión
        olvidaste tu contraseña
    """,
    "script": r"""
        (enable|turn on|activate|requires?|without|needs?|use|using) (the )?javascript
        javascript (must|needs|has|should)
        (check|make sure|ensure) (that )?javascript
        (does not|doesn't|not) support (java)?scripts?
        enable js\b
        ^please (switch|turn) it on
        (switch|turn) javascript on
        javascript is (not available|disabled|required|turned off|not enabled|off)
        not support javascript
        ^enable it\b
        please enable (it|javascript)
        (upgrade|update) your browser
        browser is (not supported|out ?dated|no longer)
        (supported|latest version of a modern|a different|another) browser
        ^loading$
        ^please wait( a (moment|minute|few seconds)| while .{0,60})?$
        (启用|开启|打开|支持)[）)]?\s?javascript
        (请|需要).{0,6}(开启|启用)(后)?
        浏览器(版本)?(过低|不支持|不受支持)
        javascript\s?(を|が)(有効|無効)
        javascript を有効
        お使いのブラウザ
        (habilit|ativ)(ar|e|ado) o javascript
        suporte a javascript
        javascript (est|para|precisa)
        navegador não
        aktivieren sie (bitte )?javascript
        javascript (aktiv|zu aktiv)
        activ(er|ez) javascript
        (habilit|activ)(ar|a|e) javascript
    """,
    "missing": r"""
        ^(error )?(404|410|500|502|503)\b.{0,40}$
        ^(page|file|site) not found
        that page can't be found
        ^not found$
        nothing was found at this
        (couldn't|could not|can't|cannot) (find|be found)( that| this| the)? page
        (page|article|link|content|product|video|address) (that )?you('re| are| were|'ve) (look|request|enter|follow)
        (page|article|link|content|product|video|address) (that )?you (look|request|enter|follow)
        requested url
        ^oops
        may have been (moved|removed|deleted)
        (page|article) (has been|was) (removed|deleted)
        (page|video|content|article|post|listing) (does not|doesn't|isn't|is no longer|is not) (exist|available)
        has been removed
        temporarily unavailable
        (account|site|domain) (has been|is|may be) (suspended|expired|for sale|parked)
        buy this domain
        (parked|owner of) this domain
        hosting provider
        check your spelling
        try again in \d+ seconds
        invalid or incomplete response
        ^go (back )?(to )?.{0,8}home
        页面(不存在|找不到|已被?删除|走丢)
        (不存在|找不到|已被.{0,5}删除|已删除|已下架.{0,4}|已失效|无法查看)(了)?$
        返回(首页|上一页)
        网址有误
        自动跳转
        見つかりません
        存在しません
        (移動|削除)(もしくは|または|した|され)
        ^エラー 404
        トップ(ページ)?へ
        アクセスできない
        (página|conteúdo|endereço) .{0,30}(não (existe|foi encontrad|está dispon)|removid|digitado)
        página não
        não (encontramos|foi possível encontrar)
        (movid|excluíd|removid)a
        ^erro 404
        ^voltar (para|ao)
        (konnte|wurde) .{0,20}(nicht gefunden|verschoben)
        seite (nicht gefunden|existiert nicht)
        zur startseite
        page (introuvable|n'existe)
        n'existe (pas|plus)
        página no (encontrada|existe)
        no (se )?(encuentra|pudimos)
    """,
}
_TITLES: Mapping[Wall, str] = {
    "human": r"""
        just a moment
        attention required
        access denied
        security check
        robot check
        a robot
        captcha
        pardon our
        ddos
        human verif
        verify(ing)? (you|that)
        request blocked
        ^(error )?403\b
        ^sorry
        (安全|访问|人机|身份)验证
        安全中心
        セキュリティチェック
        アクセスが拒否
        verificação de segurança
        um momento
        einen moment
        un instant
    """,
    "consent": r"""
        ^before you continue
        value your privacy
        family of brands
        ^cookies?$
        cookie.{0,3}(consent|の設定|设置|einstellung|hinweis)
        age verification
        ^隐私设置
        ^consent
    """,
    "login": r"""
        ^(log|sign) ?in\b
        ^subscribe
        ^join\b
        ^(用户|账号|请)?登[录錄](\s*[-_|].*)?$
        ^ログイン$
        ^entrar$
        ^anmelden
        ^connexion
        ^iniciar sesión
    """,
    "script": r"""
        javascript (is )?(not|disabled|required)
        old browser
        unsupported browser
        browser not supported
    """,
    "missing": r"""
        ^(error )?(404|410|50[023])\b(?! .* - http)
        (page|file) not found
        ^not found
        页面(不存在|找不到|未找到)
        見つかりません
        página não encontrada
        seite nicht gefunden
        page introuvable
        página no encontrada
        service unavailable
    """,
}


@cache
def _phrases() -> dict[Wall, re.Pattern[str]]:
    """Compiled when the first page is read, as it takes a while."""
    return _compiled(_PHRASES)


@cache
def _titles() -> dict[Wall, re.Pattern[str]]:
    return _compiled(_TITLES)


def _compiled(patterns: Mapping[Wall, str]) -> dict[Wall, re.Pattern[str]]:
    return {kind: re.compile("|".join(map(str.strip, lines.strip().split("\n")))) for kind, lines in patterns.items()}


_SENTENCE_END = re.compile(r"[\n。！？]+|[.!?…:;]+(?=\s|$)")
_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,2000}\)")
_MARKUP = re.compile(r"[#*_`>|~\"“”„«»]+|^[ \t]*[-+•][ \t]+", re.MULTILINE)


def what_it_asks(title: str, content: str) -> Wall | None:
    """What a text asks for in place of being a page; None where it is a page."""
    text = _plain(content)
    if not text or len(text) > _MAX_CHARS:
        return None
    said = _chars_said(text)
    total = sum(said.values())
    share = total / len(text)
    titled = _kind_of_title(title)
    if titled and (share >= _SHARE_UNDER_TITLE or len(text) <= _BARE_CHARS):
        return titled
    return next(kind for kind in said if said[kind] == max(said.values())) if share >= _SHARE else None


def _plain(content: str) -> str:
    """The text without marks of Markdown, in lower case. A long one is not read to its end."""
    text = _LINK.sub(r"\1", content[: 4 * _MAX_CHARS])
    text = _MARKUP.sub(" ", text).replace("’", "'").lower()
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _chars_said(text: str) -> dict[Wall, int]:
    """How many characters of sentences each kind's phrases stand in; a sentence counts for the first that has it."""
    said: dict[Wall, int] = dict.fromkeys(_PHRASES, 0)
    for sentence in filter(None, map(str.strip, _SENTENCE_END.split(text))):
        for kind in [kind for kind, pattern in _phrases().items() if pattern.search(sentence)][:1]:
            said[kind] += len(sentence)
    return said


def _kind_of_title(title: str) -> Wall | None:
    plain = " ".join(title.lower().replace("’", "'").split())
    return next((kind for kind, pattern in _titles().items() if pattern.search(plain)), None)
