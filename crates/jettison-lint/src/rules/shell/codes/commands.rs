//! Commands and what is given to them.

use super::code;
use crate::rule::Rule;

pub(super) static CODES: &[Rule] = &[
    code!(
        2009,
        Info,
        sh,
        ["Find a process with pgrep", "用 pgrep 查找进程"],
        ["`ps | grep` finds the grep, too.", "`ps | grep` 也会找到 grep 自己。"],
        r"ps aux | grep nginx",
        r"pgrep nginx"
    ),
    code!(
        2010,
        Warning,
        sh,
        ["Select files by a pattern, not by ls and grep", "用通配符选择文件，而不是 ls | grep"],
        ["Names with blanks or line ends fall apart.", "含空格或换行的文件名会出错。"],
        r"ls /x | grep whl",
        r"ls /x/*whl*"
    ),
    code!(
        2011,
        Warning,
        sh,
        ["Give files to xargs by find -print0", "用 find -print0 把文件交给 xargs"],
        [
            "`ls | xargs` breaks at blanks and quotes in names.",
            "`ls | xargs` 遇到含空格和引号的文件名会出错。"
        ],
        r"ls /x | xargs rm",
        r"find /x -type f -exec rm {} +"
    ),
    code!(
        2012,
        Info,
        sh,
        ["Use find or a pattern instead of reading ls", "用 find 或通配符代替解析 ls"],
        ["What ls prints is for people.", "ls 的输出是给人看的。"],
        r"ls /x | wc -l",
        r"find /x -maxdepth 1 | wc -l"
    ),
    code!(
        2018,
        Info,
        sh,
        ["Write '[:lower:]' for lower-case letters", "小写字母写成 '[:lower:]'"],
        ["`a-z` is without letters of other languages.", "`a-z` 不含其他语言的字母。"],
        r"echo x | tr a-z A-Z",
        r"echo x | tr '[:lower:]' '[:upper:]'"
    ),
    code!(
        2021,
        Info,
        sh,
        ["Write tr's ranges without brackets", "tr 的范围不要写方括号"],
        [
            "Brackets are characters to tr: `[a-z]` is a to z and two brackets.",
            "对 tr 来说方括号是普通字符：`[a-z]` 是 a 到 z 加两个方括号。"
        ],
        r"echo x | tr '[a-d]' '[e-h]'",
        r"echo x | tr 'a-d' 'e-h'"
    ),
    code!(
        2022,
        Info,
        sh,
        [
            "A star in a regular expression repeats what stands before it",
            "正则表达式中的星号重复前一个字符"
        ],
        [
            "`grep 'foo*'` finds fo and fooo. Write `.*` for any text.",
            "`grep 'foo*'` 匹配 fo 和 fooo；任意文本应写 `.*`。"
        ],
        r"grep foo*bar /x",
        r"grep 'foo.*bar' /x"
    ),
    code!(
        2024,
        Warning,
        sh,
        ["sudo does not hold for a redirection", "sudo 对重定向无效"],
        [
            "The shell opens the file, without sudo. Use `sudo tee file`.",
            "文件由 shell 打开，没有 sudo 权限；应使用 `sudo tee 文件`。"
        ],
        r"sudo echo a > /etc/x",
        r"echo a | sudo tee /etc/x"
    ),
    code!(
        2028,
        Info,
        sh,
        ["Print escapes with printf", "用 printf 输出转义序列"],
        [
            "Whether echo understands `\\n` depends on the shell.",
            "echo 是否理解 `\\n` 取决于 shell。"
        ],
        r#"echo "a\nb" > /x"#,
        r#"printf 'a\nb\n' > /x"#
    ),
    code!(
        2029,
        Info,
        sh,
        ["ssh's command is expanded on this side", "ssh 的命令在本地展开"],
        ["Use single quotes when the other side is to expand it.", "需要在远端展开时使用单引号。"],
        r#"h=$(id -un); ssh host "ls $h""#,
        r#"ssh host 'ls "$HOME"'"#
    ),
    code!(
        2038,
        Warning,
        sh,
        ["Give files to xargs by find -print0", "用 find -print0 把文件交给 xargs"],
        [
            "Without it, names with blanks or quotes fall apart. `find -exec … {} +` needs no xargs.",
            "否则含空格或引号的文件名会出错；`find -exec … {} +` 则不需要 xargs。"
        ],
        r"find /x -name y | xargs rm",
        r"find /x -name y -print0 | xargs -0 rm"
    ),
    code!(
        2059,
        Info,
        sh,
        ["Keep variables out of printf's format", "printf 的格式串中不要放变量"],
        ["A percent sign in the value is read as a directive.", "值中的百分号会被当作格式符。"],
        r#"a=$(pwd); printf "in $a\n""#,
        r#"a=$(pwd); printf 'in %s\n' "$a""#
    ),
    code!(
        2063,
        Warning,
        sh,
        ["A regular expression does not begin with a star", "正则表达式不以星号开头"],
        [
            "A star repeats what stands before it; here nothing does.",
            "星号重复前一个字符，而这里前面什么都没有。"
        ],
        r"grep '*foo' /x",
        r"grep 'foo' /x"
    ),
    code!(
        2094,
        Info,
        sh,
        ["Do not read and write the same file", "不要同时读写同一个文件"],
        [
            "The shell empties the file before the command reads it.",
            "命令读取之前，shell 已经清空了文件。"
        ],
        r"grep a /x > /x",
        r"grep a /x > /y && mv /y /x"
    ),
    code!(
        2114,
        Warning,
        sh,
        ["Do not remove a system directory", "不要删除系统目录"],
        [
            "Programs will not work without it. Is a blank or a further path component missing?",
            "没有它程序无法工作。是不是少了空格或路径的一部分？"
        ],
        r"rm -rf /usr",
        r"rm -rf /usr/src/app"
    ),
    code!(
        2115,
        Warning,
        sh,
        ["Keep rm from the root when a variable is empty", "变量为空时避免删除根目录"],
        [
            "`rm -rf \"$a/\"*` removes everything when a is empty. `${a:?}` stops instead.",
            "a 为空时 `rm -rf \"$a/\"*` 会删除一切；`${a:?}` 会改为报错停止。"
        ],
        r#"a=$(pwd); rm -rf "$a/"*"#,
        r#"a=$(pwd); rm -rf "${a:?}/"*"#
    ),
    code!(
        2117,
        Info,
        sh,
        ["su starts a shell of its own", "su 会另开一个 shell"],
        [
            "What follows runs after that shell ends, as before. Give the command with `-c`, or use USER.",
            "后面的命令在那个 shell 结束之后才以原身份执行；应使用 `-c`，或用 USER。"
        ],
        "<<EOF\nsu app\nwhoami\nEOF",
        "su app -c whoami"
    ),
    code!(
        2126,
        Style,
        sh,
        ["Count with grep -c", "用 grep -c 计数"],
        ["`grep | wc -l` takes two programs for it.", "`grep | wc -l` 要用两个程序。"],
        r"grep a /x | wc -l",
        r"grep -c a /x"
    ),
    code!(
        2129,
        Style,
        sh,
        ["Redirect several commands together", "多条命令一起重定向"],
        ["`{ a; b; } >> file` opens the file once.", "`{ a; b; } >> file` 只打开一次文件。"],
        r"echo a >> /x; echo b >> /x; echo c >> /x",
        r"{ echo a; echo b; echo c; } >> /x"
    ),
    code!(
        2146,
        Warning,
        sh,
        ["Group find's alternatives", "find 的多个条件要分组"],
        [
            "`-exec` belongs to the last `-o` alone. Write `\\( -name a -o -name b \\) -exec …`.",
            "`-exec` 只属于最后一个 `-o`；应写成 `\\( -name a -o -name b \\) -exec …`。"
        ],
        r"find /x -name a -o -name b -exec rm {} +",
        r"find /x \( -name a -o -name b \) -exec rm {} +"
    ),
    code!(
        2156,
        Warning,
        sh,
        ["Give {} to the shell as an argument", "把 {} 作为参数交给 shell"],
        [
            "Within the text of `sh -c` a file's name is read as shell text.",
            "在 `sh -c` 的文本中，文件名会被当作 shell 代码。"
        ],
        r#"find /x -exec sh -c 'echo {}' \;"#,
        r#"find /x -exec sh -c 'echo "$1"' _ {} \;"#
    ),
    code!(
        2162,
        Info,
        sh,
        ["Read with read -r", "使用 read -r"],
        ["Without -r, backslashes in the input disappear.", "没有 -r 时，输入中的反斜杠会消失。"],
        r#"while read a; do echo "$a"; done < /x"#,
        r#"while read -r a; do echo "$a"; done < /x"#
    ),
    code!(
        2174,
        Warning,
        sh,
        ["mkdir's mode is the last directory's alone", "mkdir 的模式只作用于最后一级目录"],
        [
            "With -p, the directories above get the usual mode.",
            "使用 -p 时，上级目录仍是默认权限。"
        ],
        r"mkdir -p -m 700 /a/b/c",
        r"mkdir -p /a/b && mkdir -m 700 /a/b/c"
    ),
    code!(
        2185,
        Info,
        sh,
        ["Say where find begins", "指明 find 的起点"],
        [
            "Only GNU find begins with the current directory by itself.",
            "只有 GNU find 默认从当前目录开始。"
        ],
        r"find -name '*.pyc' -delete",
        r"find . -name '*.pyc' -delete"
    ),
    code!(
        2186,
        Warning,
        sh,
        ["Make temporary files with mktemp", "用 mktemp 创建临时文件"],
        ["tempfile is deprecated and often not there.", "tempfile 已弃用，常常不存在。"],
        r#"a=$(tempfile); ls "$a""#,
        r#"a=$(mktemp); ls "$a""#
    ),
    code!(
        2196,
        Info,
        sh,
        ["Write grep -E instead of egrep", "用 grep -E 代替 egrep"],
        [
            "egrep is obsolete; GNU's warns on every run.",
            "egrep 已过时，GNU 版本每次运行都会警告。"
        ],
        r"egrep 'a|b' /x",
        r"grep -E 'a|b' /x"
    ),
    code!(
        2197,
        Info,
        sh,
        ["Write grep -F instead of fgrep", "用 grep -F 代替 fgrep"],
        [
            "fgrep is obsolete; GNU's warns on every run.",
            "fgrep 已过时，GNU 版本每次运行都会警告。"
        ],
        r"fgrep a.b /x",
        r"grep -F a.b /x"
    ),
    code!(
        2216,
        Warning,
        sh,
        ["This command does not read its input", "该命令不读取输入"],
        [
            "What is piped into it is lost. Was xargs meant?",
            "通过管道传给它的内容会丢失。是不是想用 xargs？"
        ],
        r"printf 1 | kill -9",
        r"kill -9 1"
    ),
    code!(
        2217,
        Warning,
        sh,
        ["This command does not read a here-document", "该命令不读取 here-document"],
        ["Was cat meant?", "是不是想用 cat？"],
        "<<EOF\necho <<X\na\nX\nEOF",
        "<<EOF\ncat <<X\na\nX\nEOF"
    ),
    code!(
        2226,
        Warning,
        sh,
        ["Name the link that ln makes", "指明 ln 创建的链接名"],
        [
            "With one argument the link goes into the current directory, which is not seen here.",
            "只有一个参数时，链接会建在当前目录，而这里看不出是哪里。"
        ],
        r"ln -s /opt/app/bin/app",
        r"ln -s /opt/app/bin/app /usr/local/bin/app"
    ),
    code!(
        2238,
        Warning,
        sh,
        ["This redirects into a file of a command's name", "这里重定向到了与命令同名的文件"],
        ["Was a pipe meant?", "是不是想用管道？"],
        r"cat /x > sed",
        r"cat /x > out"
    ),
    code!(
        2260,
        Error,
        sh,
        ["A redirection before a pipe leaves the pipe empty", "管道前的重定向使管道为空"],
        ["Use tee to have both.", "两者都要时使用 tee。"],
        r"cat /x > /y | grep a",
        r"tee /y < /x | grep a"
    ),
    code!(
        2261,
        Error,
        sh,
        ["Only the last redirection of an output counts", "同一输出只有最后一个重定向有效"],
        ["The other file is emptied all the same.", "另一个文件照样会被清空。"],
        r"echo a > /x > /y",
        r"echo a > /y"
    ),
    code!(
        2267,
        Info,
        sh,
        ["Write xargs -I{} instead of -i", "用 xargs -I{} 代替 -i"],
        ["-i is deprecated.", "-i 已弃用。"],
        r"echo x | xargs -i echo {}",
        r"echo x | xargs -I{} echo {}"
    ),
    code!(
        2294,
        Warning,
        bash,
        ["eval takes arrays apart", "eval 会拆开数组"],
        [
            "`eval \"$@\"` joins the arguments and reads them anew. Run `\"$@\"`.",
            "`eval \"$@\"` 会把参数连起来重新解析；直接运行 `\"$@\"`。"
        ],
        r#"f() { eval "$@"; }; f ls"#,
        r#"f() { "$@"; }; f ls"#
    ),
];
