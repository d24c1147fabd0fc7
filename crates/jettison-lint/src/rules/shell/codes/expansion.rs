//! Expansions and substitutions.

use super::code;
use crate::rule::Rule;

pub(super) static CODES: &[Rule] = &[
    code!(
        2003,
        Style,
        sh,
        ["Calculate with $(( )) instead of expr", "用 $(( )) 代替 expr"],
        [
            "expr is a program, and its operators have to be quoted.",
            "expr 是外部程序，其运算符还需要加引号。"
        ],
        r#"n=$(expr 1 + 2); echo "$n""#,
        r#"n=$((1 + 2)); echo "$n""#
    ),
    code!(
        2004,
        Style,
        sh,
        ["Write variables in arithmetic without a dollar sign", "算术表达式中的变量无需美元符号"],
        ["Names are variables there.", "那里的名字本身就是变量。"],
        r#"n=1; echo "$(($n + 1))""#,
        r#"n=1; echo "$((n + 1))""#
    ),
    code!(
        2005,
        Style,
        sh,
        ["Run a command instead of echoing its output", "直接运行命令，不要 echo 它的输出"],
        [
            "`echo $(a)` prints what `a` would print by itself, less exactly.",
            "`echo $(a)` 输出的就是 a 自己会输出的内容，而且不够精确。"
        ],
        r#"echo "$(cat /etc/os-release)""#,
        r"cat /etc/os-release"
    ),
    code!(
        2006,
        Style,
        sh,
        ["Write $( ) instead of backticks", "用 $( ) 代替反引号"],
        [
            "Backticks do not nest, and backslashes in them mean something else.",
            "反引号不能嵌套，其中的反斜杠含义也不同。"
        ],
        r#"echo "kernel: `uname -r`""#,
        r#"echo "kernel: $(uname -r)""#
    ),
    code!(
        2007,
        Style,
        bash,
        ["Write $(( )) instead of $[ ]", "用 $(( )) 代替 $[ ]"],
        [
            "The bracket form is obsolete and unknown to other shells.",
            "方括号形式已过时，其他 shell 不认识它。"
        ],
        r#"echo "$[1 + 2]""#,
        r#"echo "$((1 + 2))""#
    ),
    code!(
        2043,
        Warning,
        sh,
        ["A loop over one item runs once", "只有一项的循环只执行一次"],
        [
            "A `$`, a pattern or further items are missing, or the loop is not needed.",
            "可能少了 `$`、通配符或更多项，也可能不需要循环。"
        ],
        r#"for i in list; do echo "$i"; done"#,
        r#"for i in a b; do echo "$i"; done"#
    ),
    code!(
        2044,
        Warning,
        sh,
        ["Do not loop over find's output", "不要遍历 find 的输出"],
        [
            "Names with blanks fall apart. Use `find … -exec … {} +`.",
            "含空格的文件名会被拆开；应使用 `find … -exec … {} +`。"
        ],
        r#"for i in $(find /x -name y); do rm "$i"; done"#,
        r"find /x -name y -exec rm {} +"
    ),
    code!(
        2045,
        Error,
        sh,
        ["Do not loop over ls's output", "不要遍历 ls 的输出"],
        [
            "Names with blanks fall apart, and patterns do the same better: `for i in ./*`.",
            "含空格的文件名会被拆开；通配符更好：`for i in ./*`。"
        ],
        r#"for i in $(ls /x); do echo "$i"; done"#,
        r#"for i in /x/*; do echo "$i"; done"#
    ),
    code!(
        2013,
        Info,
        sh,
        ["Read lines with while read", "逐行读取请用 while read"],
        [
            "`for` over `$(cat …)` takes words, not lines.",
            "`for` 遍历 `$(cat …)` 得到的是词而不是行。"
        ],
        r#"for i in $(cat /x); do echo "$i"; done"#,
        r#"while IFS= read -r i; do echo "$i"; done < /x"#
    ),
    code!(
        2080,
        Error,
        bash,
        ["Write numbers without leading zeros", "数字不要以 0 开头"],
        [
            "A number with a leading zero is octal, and 08 is none at all.",
            "以 0 开头的数字是八进制，08 则根本不合法。"
        ],
        r#"echo "$((08 + 1))""#,
        r#"echo "$((8 + 1))""#
    ),
    code!(
        2091,
        Warning,
        sh,
        ["Drop $( ) around a command that is to run", "要执行命令就去掉外面的 $( )"],
        [
            "The output of the command is run as another command.",
            "命令的输出会被当作另一条命令执行。"
        ],
        r"if $(which curl); then true; fi",
        r"if command -v curl; then true; fi"
    ),
    code!(
        2092,
        Warning,
        sh,
        ["Drop backticks around a command that is to run", "要执行命令就去掉外面的反引号"],
        [
            "The output of the command is run as another command.",
            "命令的输出会被当作另一条命令执行。"
        ],
        r"if `which curl`; then true; fi",
        r"if command -v curl; then true; fi"
    ),
    code!(
        2116,
        Style,
        sh,
        ["Drop echo within a substitution", "替换中不需要 echo"],
        ["`$(echo x)` is `x`.", "`$(echo x)` 就是 `x`。"],
        r#"a=$(pwd); ls "$(echo "$a")""#,
        r#"a=$(pwd); ls "$a""#
    ),
    code!(
        2125,
        Warning,
        sh,
        ["Quote a pattern that is assigned, or use an array", "赋值的通配符要加引号，或使用数组"],
        [
            "An assignment expands nothing: the variable holds the pattern itself.",
            "赋值不会展开：变量中保存的是通配符本身。"
        ],
        r#"a=/x/*.whl; ls "$a""#,
        r#"a='/x/*.whl'; ls "$a""#
    ),
    code!(
        2128,
        Warning,
        bash,
        ["Say which element of the array is meant", "指明数组的哪个元素"],
        ["The name alone is the first element.", "只写名字得到的是第一个元素。"],
        r#"a=(x y); echo "$a""#,
        r#"a=(x y); echo "${a[*]}""#
    ),
    code!(
        2206,
        Warning,
        bash,
        ["Quote what becomes an element of an array", "数组元素要加引号"],
        [
            "Unquoted, one value may become several elements.",
            "不加引号时，一个值可能变成多个元素。"
        ],
        r#"b=$(pwd); a=($b); echo "${a[@]}""#,
        r#"b=$(pwd); a=("$b"); echo "${a[@]}""#
    ),
    code!(
        2207,
        Warning,
        bash,
        ["Read a command's output into an array with mapfile", "用 mapfile 把命令输出读入数组"],
        ["`a=($(b))` splits at every blank.", "`a=($(b))` 会在每个空白处拆分。"],
        r#"a=($(ls)); echo "${a[@]}""#,
        r#"mapfile -t a < <(ls); echo "${a[@]}""#
    ),
    code!(
        2223,
        Info,
        sh,
        ["Quote a default that is assigned by : ${ }", "用 : ${ } 设默认值时加引号"],
        ["The value is expanded as a pattern for nothing.", "值会白白地作为通配符展开。"],
        r#": ${A:=x}; echo "$A""#,
        r#": "${A:=x}"; echo "$A""#
    ),
    code!(
        2308,
        Info,
        sh,
        [
            "Use the shell's own string operations instead of expr",
            "用 shell 自带的字符串操作代替 expr"
        ],
        [
            "expr's `substr`, `length` and `index` are not in every expr.",
            "并非所有 expr 都有 `substr`、`length` 和 `index`。"
        ],
        r#"a=$(pwd); n=$(expr length "$a"); echo "$n""#,
        r#"a=$(pwd); n=${#a}; echo "$n""#
    ),
    code!(
        2321,
        Style,
        bash,
        ["An array's index is arithmetic already", "数组下标本身就是算术表达式"],
        ["`a[$((i))]` is `a[i]`.", "`a[$((i))]` 就是 `a[i]`。"],
        r#"i=1; a=(x y); a[$((i + 1))]=z; echo "${a[@]}""#,
        r#"i=1; a=(x y); a[i + 1]=z; echo "${a[@]}""#
    ),
    code!(
        2323,
        Style,
        sh,
        ["Drop the outer parentheses of arithmetic", "去掉算术表达式外层的括号"],
        ["They say nothing.", "它们没有意义。"],
        r#"n=$(((1 + 2))); echo "$n""#,
        r#"n=$((1 + 2)); echo "$n""#
    ),
    code!(
        2327,
        Warning,
        sh,
        ["This substitution captures nothing", "这个命令替换什么也得不到"],
        ["Its output is redirected elsewhere.", "它的输出被重定向到了别处。"],
        r#"a=$(id > /tmp/x); echo "$a""#,
        r#"a=$(id); echo "$a""#
    ),
    code!(
        2328,
        Error,
        sh,
        [
            "This redirection takes the output away from the substitution",
            "这个重定向拿走了命令替换的输出"
        ],
        ["`$(a > file)` is empty. Use tee for both.", "`$(a > file)` 为空；两者都要时使用 tee。"],
        r#"a=$(id > /tmp/x); echo "$a""#,
        r#"a=$(id | tee /tmp/x); echo "$a""#
    ),
];
