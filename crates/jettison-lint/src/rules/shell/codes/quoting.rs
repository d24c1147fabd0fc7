//! Quotes that are missing, or that do something else than it seems.

use super::code;
use crate::rule::Rule;

pub(super) static CODES: &[Rule] = &[
    code!(
        2016,
        Info,
        sh,
        ["Use double quotes where a variable is meant", "需要展开变量时使用双引号"],
        [
            "Nothing is expanded in single quotes: the text holds a dollar sign and a name.",
            "单引号中不会展开任何内容，得到的就是美元符号和名字。"
        ],
        r"echo 'path is $PATH'",
        r#"echo "path is $PATH""#
    ),
    code!(
        2026,
        Warning,
        sh,
        ["Keep the whole text within its quotes", "让整段文本都在引号内"],
        [
            "A word stands between two quotations: the first one ends earlier than it seems.",
            "两段引号之间夹着一个词：前一段引号比看起来更早结束了。"
        ],
        r"alias x='echo 'hello' you'",
        r#"alias x="echo 'hello' you""#
    ),
    code!(
        2027,
        Warning,
        sh,
        ["Do not end the quotation around a variable", "不要在变量周围结束引号"],
        [
            "In `\"a \"$b\" c\"` the quotes leave the variable outside. Escape inner quotes, or drop them.",
            "`\"a \"$b\" c\"` 中变量反而在引号之外；内层引号应转义或去掉。"
        ],
        r#"name=$(id -un); echo "user "$name" here""#,
        r#"name=$(id -un); echo "user $name here""#
    ),
    code!(
        2035,
        Info,
        sh,
        ["Write ./* so that no file name is an option", "写成 ./*，避免文件名被当作选项"],
        [
            "A file called `-rf` would become an option of the command.",
            "名为 `-rf` 的文件会变成命令的选项。"
        ],
        r"chmod 644 *",
        r"chmod 644 ./*"
    ),
    code!(
        2046,
        Warning,
        sh,
        ["Quote command substitutions", "给命令替换加引号"],
        [
            "Unquoted, the output is split at blanks and each part is expanded as a pattern.",
            "不加引号时，输出会按空白拆分，每一部分还会作为通配符展开。"
        ],
        r"cp /x /lib/modules/$(uname -r)",
        r#"cp /x "/lib/modules/$(uname -r)""#
    ),
    code!(
        2048,
        Warning,
        sh,
        ["Use \"$@\" for all arguments", "用 \"$@\" 表示全部参数"],
        [
            "`$*` without quotes splits every argument again at its blanks.",
            "不加引号的 `$*` 会把每个参数再按空白拆分。"
        ],
        r"f() { ls $*; }; f a",
        r#"f() { ls "$@"; }; f a"#
    ),
    code!(
        2053,
        Warning,
        bash,
        ["Quote the right side of a comparison", "比较式的右边要加引号"],
        [
            "Within `[[ ]]` an unquoted right side is a pattern, not a text.",
            "在 `[[ ]]` 中，未加引号的右边是模式而不是文本。"
        ],
        r#"a=$(id -u); b=$(id -g); if [[ $a == $b ]]; then true; fi"#,
        r#"a=$(id -u); b=$(id -g); if [[ $a == "$b" ]]; then true; fi"#
    ),
    code!(
        2060,
        Warning,
        sh,
        ["Quote the sets given to tr", "给 tr 的字符集加引号"],
        [
            "`[a-z]` outside of quotes becomes the name of a file that it matches.",
            "引号之外的 `[a-z]` 会变成匹配到的文件名。"
        ],
        r"echo x | tr -d [:space:]",
        r"echo x | tr -d '[:space:]'"
    ),
    code!(
        2061,
        Warning,
        sh,
        ["Quote the patterns given to find", "给 find 的模式加引号"],
        [
            "The shell expands the pattern first when a file here matches it, and find never sees it.",
            "如果当前目录有匹配的文件，shell 会先展开模式，find 就看不到它了。"
        ],
        r"find /x -name *.pyc -delete",
        r"find /x -name '*.pyc' -delete"
    ),
    code!(
        2062,
        Warning,
        sh,
        ["Quote the pattern given to grep", "给 grep 的模式加引号"],
        [
            "The shell expands `*` and `[` first when a file here matches.",
            "如果当前目录有匹配的文件，shell 会先展开 `*` 和 `[`。"
        ],
        r"grep foo* /x",
        r"grep 'foo*' /x"
    ),
    code!(
        2064,
        Warning,
        sh,
        ["Quote a trap's command with single quotes", "trap 的命令用单引号"],
        [
            "In double quotes, variables are expanded when the trap is set rather than when it runs.",
            "双引号中的变量在设置 trap 时就展开了，而不是在触发时。"
        ],
        r#"d=$(mktemp -d); trap "rm -rf $d" EXIT; ls "$d""#,
        r#"d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; ls "$d""#
    ),
    code!(
        2066,
        Error,
        sh,
        ["Do not quote a list to loop over", "要遍历的列表不要加引号"],
        [
            "A quoted list is one single item: the loop runs once.",
            "加了引号的列表只是一项，循环只会执行一次。"
        ],
        r#"list=$(ls); for i in "$list"; do echo "$i"; done"#,
        r#"for i in ./*; do echo "$i"; done"#
    ),
    code!(
        2068,
        Error,
        bash,
        ["Quote the expansion of all elements", "展开全部元素时要加引号"],
        [
            "Without quotes, each element is split again at its blanks.",
            "不加引号时，每个元素会再按空白拆分。"
        ],
        r"a=(x 'y z'); ls ${a[@]}",
        r#"a=(x 'y z'); ls "${a[@]}""#
    ),
    code!(
        2070,
        Error,
        sh,
        ["Quote the variable after -n", "-n 之后的变量要加引号"],
        [
            "An empty variable disappears, and `[ -n ]` is true.",
            "变量为空时会消失，而 `[ -n ]` 恒为真。"
        ],
        r"a=$(id); if [ -n $a ]; then true; fi",
        r#"a=$(id); if [ -n "$a" ]; then true; fi"#
    ),
    code!(
        2076,
        Warning,
        bash,
        ["Do not quote a regular expression after =~", "=~ 后的正则表达式不要加引号"],
        ["What is quoted there is compared as a text.", "那里加了引号的内容会按普通文本比较。"],
        r#"a=$(uname -m); if [[ $a =~ "arm.*" ]]; then true; fi"#,
        r#"a=$(uname -m); if [[ $a =~ arm.* ]]; then true; fi"#
    ),
    code!(
        2086,
        Info,
        sh,
        ["Quote variables", "给变量加引号"],
        [
            "Unquoted, a value is split at blanks and each part is expanded as a pattern: a path with a blank becomes two. Variables of ARG and ENV are not reported, since lists are often kept in them on purpose.",
            "不加引号时，值会按空白拆分，每一部分还会作为通配符展开：含空格的路径会变成两个。ARG 与 ENV 的变量不报告，因为其中常常有意存放列表。"
        ],
        r#"dir=$(mktemp -d); cp /x $dir"#,
        r#"dir=$(mktemp -d); cp /x "$dir""#
    ),
    code!(
        2088,
        Warning,
        sh,
        ["Do not quote a tilde", "不要给波浪号加引号"],
        [
            "Within quotes `~` is a character, not the home directory. Use `$HOME`.",
            "引号中的 `~` 只是字符，不是主目录；应使用 `$HOME`。"
        ],
        r#"ls "~/.cache""#,
        r#"ls "$HOME/.cache""#
    ),
    code!(
        2089,
        Warning,
        sh,
        ["Do not keep quotes in a variable", "不要在变量中保存引号"],
        [
            "Quotes that come out of a variable are ordinary characters. Use the arguments of the script (`set --`) or an array.",
            "从变量展开出来的引号只是普通字符；应使用位置参数（`set --`）或数组。"
        ],
        r#"opts='--name="a b"'; run $opts"#,
        r#"set -- --name="a b"; run "$@""#
    ),
    code!(
        2090,
        Warning,
        sh,
        ["Quotes out of a variable protect nothing", "变量中的引号不起保护作用"],
        [
            "The value holds quotes, which are ordinary characters here: it is split at blanks all the same.",
            "值中的引号在这里只是普通字符，仍会按空白拆分。"
        ],
        r#"opts='--name="a b"'; run $opts"#,
        r#"set -- --name="a b"; run "$@""#
    ),
    code!(
        2102,
        Info,
        sh,
        ["A bracket pattern stands for a single character", "方括号模式只匹配一个字符"],
        [
            "`[abc]` is one of a, b and c, not the word. Quote it when the text is meant.",
            "`[abc]` 匹配 a、b、c 中的一个，而不是这个词；若是文本请加引号。"
        ],
        r"pip install celery[all]",
        r"pip install 'celery[all]'"
    ),
    code!(
        2140,
        Warning,
        sh,
        ["Look at the quotes inside these quotes", "检查引号中的引号"],
        [
            "`\"a=\"b\" c\"` is two quotations with `b` outside of both.",
            "`\"a=\"b\" c\"` 是两段引号，`b` 在它们之外。"
        ],
        r#"echo "key="value" end""#,
        r#"echo "key=\"value\" end""#
    ),
    code!(
        2145,
        Error,
        sh,
        ["Do not mix a text with all arguments", "不要把文本与全部参数混在一起"],
        [
            "`\"x$@\"` becomes several words, of which only the first begins with x. Use `$*` for one text.",
            "`\"x$@\"` 会变成多个词，只有第一个以 x 开头；需要一段文本时用 `$*`。"
        ],
        r#"f() { echo "args: $@"; }; f a b"#,
        r#"f() { echo "args: $*"; }; f a b"#
    ),
    code!(
        2231,
        Info,
        sh,
        ["Quote variables in the pattern of a loop", "循环模式中的变量要加引号"],
        [
            "A directory with a blank in its name would be split into two patterns.",
            "名字含空格的目录会被拆成两个模式。"
        ],
        r#"d=$(pwd); for i in $d/*.whl; do echo "$i"; done"#,
        r#"d=$(pwd); for i in "$d"/*.whl; do echo "$i"; done"#
    ),
    code!(
        2254,
        Warning,
        sh,
        ["Quote variables in a case pattern", "case 模式中的变量要加引号"],
        ["Unquoted, the value is a pattern.", "不加引号时，值会被当作模式。"],
        r#"a=$(id -u); b=$(id -g); case "$a" in $b) true;; esac"#,
        r#"a=$(id -u); b=$(id -g); case "$a" in "$b") true;; esac"#
    ),
    code!(
        2291,
        Info,
        sh,
        ["Quote several blanks", "多个连续空格要加引号"],
        [
            "Outside of quotes, blanks only separate words: echo prints a single one.",
            "引号之外的空格只用来分隔词，echo 只会输出一个。"
        ],
        r"echo a    b",
        r"echo 'a    b'"
    ),
    code!(
        2295,
        Info,
        bash,
        ["Quote an expansion within a pattern to cut", "裁剪模式中的展开要加引号"],
        [
            "In `${a#$b}` the value of b is a pattern; in `${a#\"$b\"}` it is a text.",
            "`${a#$b}` 中 b 的值是模式；`${a#\"$b\"}` 中才是文本。"
        ],
        r#"a=$(pwd); b=$(id -un); echo "${a#$b}""#,
        r#"a=$(pwd); b=$(id -un); echo "${a#"$b"}""#
    ),
];
