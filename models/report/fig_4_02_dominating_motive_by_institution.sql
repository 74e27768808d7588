with

reports as (

    select * from {{ ref('mart_motives__report') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

surveyed as (

    select * from {{ ref('mart_strategy__institution') }}

),

categories as (

    select * from {{ ref('motive_category') }}

),

shown as (

    select
        institutions.institution_key,
        institutions.short_name,
        institutions.name_nb,
        institutions.name_en
    from institutions
    where
        {{ is_in_outcome_figures('institutions', 'surveyed') }}

),

totals as (

    select
        institution_key,
        {{ exact_sum('n_participants') }} as n_institution_reports,
        {{ exact_sum("case when dominating_motive = 'institution' then n_participants else 0 end") }} as n_institution_motive_reports
    from reports
    where dominating_motive is not null
    group by institution_key

),

ordered as (

    select
        shown.institution_key,
        shown.short_name,
        shown.name_nb,
        shown.name_en,
        totals.n_institution_reports,
        row_number() over (
            order by totals.n_institution_motive_reports / totals.n_institution_reports, shown.institution_key
        ) as institution_sort_order
    from totals
    inner join shown on totals.institution_key = shown.institution_key

),

counted as (

    select
        institution_key,
        dominating_motive as motive_category,
        {{ exact_sum('n_participants') }} as n_reports
    from reports
    where dominating_motive is not null
    group by institution_key, dominating_motive

),

-- Every institution has all categories: none is a share of zero.
final as (

    select
        ordered.institution_key,
        ordered.short_name,
        ordered.name_nb as institution_name_nb,
        ordered.name_en as institution_name_en,
        cast(ordered.institution_sort_order as integer) as institution_sort_order,
        categories.motive_category,
        categories.label_nb as motive_category_label_nb,
        categories.label_en as motive_category_label_en,
        categories.sort_order as motive_category_sort_order,
        coalesce(counted.n_reports, 0) as n_reports,
        ordered.n_institution_reports,
        {{ share('coalesce(counted.n_reports, 0)', 'ordered.n_institution_reports') }} as motive_category_share

    from ordered
    cross join categories
    left join counted
        on ordered.institution_key = counted.institution_key
        and categories.motive_category = counted.motive_category

)

select * from final
