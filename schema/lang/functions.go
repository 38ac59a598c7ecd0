package lang

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// pure are the functions that depend on their arguments alone.
var pure = map[string]function.Function{
	"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "max": stdlib.MaxFunc,
	"min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "signum": stdlib.SignumFunc,

	"chomp": stdlib.ChompFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc, "indent": stdlib.IndentFunc,
	"join": stdlib.JoinFunc, "lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc,
	"replace": stdlib.ReplaceFunc, "split": stdlib.SplitFunc, "strlen": stdlib.StrlenFunc, "substr": stdlib.SubstrFunc,
	"title": stdlib.TitleFunc, "trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc,
	"trimsuffix": stdlib.TrimSuffixFunc, "upper": stdlib.UpperFunc,
	"startswith": affix(strings.HasPrefix), "endswith": affix(strings.HasSuffix),

	"chunklist": stdlib.ChunklistFunc, "coalesce": stdlib.CoalesceFunc, "coalescelist": stdlib.CoalesceListFunc,
	"compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc,
	"element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc, "keys": stdlib.KeysFunc, "length": stdlib.LengthFunc,
	"lookup": stdlib.LookupFunc, "merge": stdlib.MergeFunc, "range": stdlib.RangeFunc, "reverse": stdlib.ReverseListFunc,
	"setintersection": stdlib.SetIntersectionFunc, "setproduct": stdlib.SetProductFunc, "setsubtract": stdlib.SetSubtractFunc,
	"setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,

	"tobool": stdlib.MakeToFunc(cty.Bool), "tonumber": stdlib.MakeToFunc(cty.Number), "tostring": stdlib.MakeToFunc(cty.String),
	"tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
	"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),

	"base64decode": base64Decode, "base64encode": base64Encode, "csvdecode": stdlib.CSVDecodeFunc,
	"jsondecode": stdlib.JSONDecodeFunc, "jsonencode": stdlib.JSONEncodeFunc,

	"can": tryfunc.CanFunc, "try": tryfunc.TryFunc,
}

// functions are all of them. Env is nil wherever env() is refused.
func functions(fsys fs.FS, env envLookup) map[string]function.Function {
	out := make(map[string]function.Function, len(pure)+3)
	for name, f := range pure {
		out[name] = f
	}
	out["file"] = fileFunc(fsys)
	out["fileexists"] = fileExistsFunc(fsys)
	out["env"] = envFunc(env)
	return out
}

var functionNames = sync.OnceValue(func() []string {
	return sortedKeys(functions(nil, nil))
})

func text(name string) function.Parameter { return function.Parameter{Name: name, Type: cty.String} }

func affix(test func(s, affix string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text("text"), text("affix")},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(test(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

var base64Encode = function.New(&function.Spec{
	Params: []function.Parameter{text("text")},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.StringVal(base64.StdEncoding.EncodeToString([]byte(args[0].AsString()))), nil
	},
})

var base64Decode = function.New(&function.Spec{
	Params: []function.Parameter{text("text")},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		raw, err := base64.StdEncoding.DecodeString(args[0].AsString())
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(0, "not base64: %v", err)
		}
		return utf8Value(string(raw))
	},
})

// utf8Value refuses bytes that a string of the language cannot hold.
func utf8Value(s string) (cty.Value, error) {
	if strings.ToValidUTF8(s, "") != s {
		return cty.NilVal, errors.New("the content is not UTF-8 text")
	}
	return cty.StringVal(s), nil
}

type envLookup func(name string) (string, bool)

// errNoEnv is what env() fails with where it is refused.
var errNoEnv = errors.New("env is not allowed here")

// envFunc reads the environment. A variable that is not set is unknown, and the
// attribute as if absent: validate and review run where no secrets are.
func envFunc(env envLookup) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text("name")},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if env == nil {
				return cty.NilVal, errNoEnv
			}
			v, ok := env(args[0].AsString())
			if !ok {
				return cty.UnknownVal(cty.String).Mark(sensitive), nil
			}
			return cty.StringVal(strings.ToValidUTF8(v, "\uFFFD")).Mark(sensitive), nil
		},
	})
}

// inside turns a path of the language into one of the file system, which ends
// at the configuration's directory: os.Root and fs.ValidPath refuse the rest.
func inside(p string) (string, error) {
	clean := path.Clean(p)
	if path.IsAbs(clean) || !fs.ValidPath(clean) || slices.Contains(strings.Split(p, "/"), "..") {
		return "", errors.New("only files below the configuration's directory can be read: write a relative path without \"..\"")
	}
	return clean, nil
}

func fileFunc(fsys fs.FS) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text("path")},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			p, err := inside(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			src, err := readBounded(fsys, p)
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(0, "%q cannot be read: %w", p, err)
			}
			return utf8Value(string(src))
		},
	})
}

func fileExistsFunc(fsys fs.FS) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text("path")},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			p, err := inside(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			info, err := fs.Stat(fsys, p)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return cty.False, nil
			case err != nil:
				return cty.NilVal, fmt.Errorf("look for %q: %w", p, err)
			}
			return cty.BoolVal(info.Mode().IsRegular()), nil
		},
	})
}
