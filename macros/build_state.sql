{% macro record_build_start() -%}
    {#- on-run-start: a row without an end says that tables may be of two builds, until a whole build has ended well.
        It stands in no schema that is exported: two builds give the same marts at different times. -#}
    {%- if execute and flags.WHICH != 'test' -%}
        {%- set left_out = [] -%}
        {%- for node in graph.nodes.values() if node.resource_type in ['seed', 'model', 'snapshot', 'test'] -%}
            {%- if node.unique_id not in selected_resources -%}{%- do left_out.append(node.unique_id) -%}{%- endif -%}
        {%- endfor -%}
        {%- set settings = {
            'vars': invocation_args_dict.get('vars') | string,
            'empty': invocation_args_dict.get('empty') | string,
            'sample': invocation_args_dict.get('sample') | string,
        } -%}
        {%- call statement('record_build_start', auto_begin=true) -%}
        create schema if not exists quality;
        create table if not exists quality.build_state (
            invocation_id varchar,
            command varchar,
            is_whole boolean,
            settings varchar,
            extracts varchar,
            started_at timestamp,
            finished_at timestamp,
            outcome varchar
        );
        insert into quality.build_state (invocation_id, command, is_whole, settings, extracts, started_at)
        select
            '{{ invocation_id }}',
            '{{ flags.WHICH }}',
            {{ flags.WHICH == 'build' and left_out | length == 0 and not invocation_args_dict.get('empty') and not invocation_args_dict.get('sample') }},
            '{{ tojson(settings, sort_keys=true) | replace("'", "''") }}',
            string_agg(extract_id || ' ' || landed_at, ', ' order by extract_id, landed_at),
            cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
        from raw.extract
        {%- endcall -%}
        {#- A hook's own text runs in a transaction that dbt rolls back if an earlier hook has asked for a relation. -#}
        {%- do adapter.commit() -%}
    {%- endif -%}
    select 1
{%- endmacro %}

{% macro record_build_end(results) -%}
    {#- on-run-end: not reached by a build that is killed or interrupted. A whole build that ends well makes all
        records before it void. -#}
    {%- if execute and flags.WHICH != 'test' -%}
        {%- set bad = results | selectattr('status', 'in', ['error', 'fail', 'skipped', 'runtime error', 'partial success']) | list -%}
        {%- call statement('record_build_end', auto_begin=true) -%}
        update quality.build_state
        set
            finished_at = cast('{{ modules.datetime.datetime.now(modules.pytz.utc).strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp),
            outcome = '{{ "failed" if bad else "done" }}'
        where invocation_id = '{{ invocation_id }}';
        delete from quality.build_state
        where invocation_id <> '{{ invocation_id }}'
            and exists (
                select 1
                from quality.build_state as latest
                where latest.invocation_id = '{{ invocation_id }}'
                    and latest.is_whole
                    and latest.outcome = 'done'
            )
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
    select 1
{%- endmacro %}
