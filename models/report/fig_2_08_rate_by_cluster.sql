with

institutions as (

    select * from {{ ref('fig_2_06_rate_by_institution') }}

),

dim_institutions as (

    select * from {{ ref('dim_institution') }}

),

clusters as (

    select * from {{ ref('cluster') }}

),

averaged as (

    select
        dim_institutions.cluster,
        count(*) as n_institutions,
        {{ exact_sum('institutions.n_stays') }} as n_stays,
        {{ exact_mean('institutions.mobilities_per_100_fte') }} as mobilities_per_100_fte
    from institutions
    inner join dim_institutions on institutions.institution_key = dim_institutions.institution_key
    group by dim_institutions.cluster

),

final as (

    select
        averaged.cluster,
        clusters.label_nb as cluster_label_nb,
        clusters.label_en as cluster_label_en,
        cast(averaged.n_institutions as integer) as n_institutions,
        averaged.n_stays,
        averaged.mobilities_per_100_fte

    from averaged
    inner join clusters on averaged.cluster = clusters.cluster

)

select * from final
