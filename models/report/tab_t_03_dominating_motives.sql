with

reports as (

    select * from {{ ref('mart_motives__report') }}

),

rules as (

    select * from {{ ref('motive_tie_rule') }}

),

categories as (

    select * from {{ ref('motive_category') }}

),

ticked as (

    select
        *,
        greatest(personal_motive_share, quality_motive_share, institution_motive_share) as largest_share
    from reports
    where is_motive_tied is not null

),

-- The categories that have the first place, one or several per report.
foremost as (

    {% for category in motive_category_keys() -%}
    select
        report_key,
        institution_key,
        n_participants,
        is_motive_tied,
        dominating_motive,
        '{{ category }}' as motive_category
    from ticked
    where {{ category }}_motive_share = largest_share
    {% if not loop.last %}union all
    {% endif -%}
    {%- endfor %}
),

-- The rule's first category wins, then the order that is set, then the categories' own.
placed as (

    select
        rules.tie_rule,
        foremost.report_key,
        foremost.institution_key,
        foremost.n_participants,
        foremost.is_motive_tied,
        foremost.motive_category,
        foremost.dominating_motive,
        row_number() over (
            partition by rules.tie_rule, foremost.report_key, foremost.institution_key
            order by
                case when foremost.motive_category = rules.first_category then 0 else 1 end,
                {%- for category in var('motive_tie_order') %}
                case when foremost.motive_category = '{{ category }}' then 0 else 1 end,
                {%- endfor %}
                categories.sort_order
        ) as place
    from foremost
    inner join categories on foremost.motive_category = categories.motive_category
    cross join rules

),

ruled as (

    select
        tie_rule,
        n_participants,
        is_motive_tied,
        case
            when tie_rule = 'as_set' then dominating_motive
            when tie_rule = 'no_rule' and is_motive_tied then null
            else motive_category
        end as motive_category
    from placed
    where place = 1

),

totals as (

    select
        tie_rule,
        {{ exact_sum('case when motive_category is not null then n_participants else 0 end') }} as n_rule_reports,
        {{ exact_sum('case when is_motive_tied then n_participants else 0 end') }} as n_tied_reports,
        {{ exact_sum('case when is_motive_tied and motive_category is not null then n_participants else 0 end') }} as n_decided_reports
    from ruled
    group by tie_rule

),

counted as (

    select
        tie_rule,
        motive_category,
        {{ exact_sum('n_participants') }} as n_reports
    from ruled
    where motive_category is not null
    group by tie_rule, motive_category

),

final as (

    select
        totals.tie_rule,
        rules.label_nb as tie_rule_label_nb,
        rules.label_en as tie_rule_label_en,
        rules.sort_order as tie_rule_sort_order,
        categories.motive_category,
        categories.label_nb as motive_category_label_nb,
        categories.label_en as motive_category_label_en,
        categories.sort_order as motive_category_sort_order,
        coalesce(counted.n_reports, 0) as n_reports,
        {{ share('coalesce(counted.n_reports, 0)', 'totals.n_rule_reports') }} as motive_category_share,
        totals.n_rule_reports,
        totals.n_tied_reports,
        totals.n_decided_reports

    from totals
    inner join rules on totals.tie_rule = rules.tie_rule
    cross join categories
    left join counted
        on totals.tie_rule = counted.tie_rule
        and categories.motive_category = counted.motive_category

)

select * from final
